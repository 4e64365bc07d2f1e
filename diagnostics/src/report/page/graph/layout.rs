//! Where the boxes go: a column for each step of waiting, from left to right.

use super::Graph;

/// Column and row of each node.
pub(super) struct Layout {
    pub(super) at: Vec<(usize, usize)>,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

pub(super) fn layout(graph: &Graph) -> Layout {
    let nodes = graph.nodes.len();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut wanted = vec![0_usize; nodes];
    for arrow in &graph.arrows {
        next[arrow.from].push(arrow.to);
        wanted[arrow.to] += 1;
    }
    let order = order(&next, &wanted);
    let rank: Vec<usize> = {
        let mut rank = vec![0; nodes];
        for (place, &node) in order.iter().enumerate() {
            rank[node] = place;
        }
        rank
    };
    // The longest way from the left; what leads back is left out of that.
    let mut column = vec![0; nodes];
    for &node in &order {
        for &to in next[node].iter().filter(|&&to| rank[to] > rank[node]) {
            column[to] = column[to].max(column[node] + 1);
        }
    }
    // A start stands beside what it waits for, not at the far left.
    for &node in order.iter().rev().filter(|&&node| wanted[node] == 0) {
        let least = next[node].iter().filter(|&&to| rank[to] > rank[node]).map(|&to| column[to]);
        if let Some(least) = least.min().filter(|&least| least > 0) {
            column[node] = least - 1;
        }
    }
    let columns = column.iter().max().map_or(0, |most| most + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); columns];
    for &node in &order {
        members[column[node]].push(node);
    }
    settle(&mut members, graph);
    let mut at = vec![(0, 0); nodes];
    for (column, members) in members.iter().enumerate() {
        for (row, &node) in members.iter().enumerate() {
            at[node] = (column, row);
        }
    }
    let rows = members.iter().map(Vec::len).max().unwrap_or(0);
    Layout { at, columns, rows }
}

/// An order in which, rings apart, whoever waits stands before what it waits for: from those for
/// whom nobody waits, and then from wherever a ring can be entered.
fn order(next: &[Vec<usize>], wanted: &[usize]) -> Vec<usize> {
    let mut seen = vec![false; next.len()];
    let mut ended = Vec::new();
    let starts = (0..next.len()).filter(|&node| wanted[node] == 0).chain(0..next.len());
    for start in starts {
        // Depth first, without recursion: a chain may be as long as the graph.
        let mut path = vec![(start, 0)];
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        while let Some((node, step)) = path.last_mut() {
            match next[*node].get(*step) {
                Some(&to) => {
                    *step += 1;
                    if !std::mem::replace(&mut seen[to], true) {
                        path.push((to, 0));
                    }
                }
                None => {
                    ended.push(*node);
                    path.pop();
                }
            }
        }
    }
    ended.reverse();
    ended
}

/// Puts each node of a column beside the middle of its neighbours, a few times.
fn settle(members: &mut [Vec<usize>], graph: &Graph) {
    let mut row = vec![0.0_f64; graph.nodes.len()];
    for _ in 0..4 {
        for column in members.iter_mut() {
            for (place, &node) in column.iter().enumerate() {
                row[node] = place as f64;
            }
        }
        for column in members.iter_mut() {
            let middle = |node: usize| {
                let ends = graph.arrows.iter().filter_map(|arrow| match node {
                    node if node == arrow.from => Some(row[arrow.to]),
                    node if node == arrow.to => Some(row[arrow.from]),
                    _ => None,
                });
                let (sum, count) = ends.fold((0.0, 0.0), |(sum, n), row| (sum + row, n + 1.0));
                if count > 0.0 { sum / count } else { row[node] }
            };
            let mut keyed: Vec<(f64, usize)> = column.iter().map(|&n| (middle(n), n)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *column = keyed.into_iter().map(|(_, node)| node).collect();
            for (place, &node) in column.iter().enumerate() {
                row[node] = place as f64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::graph::{Arrow, Means, Node};

    fn graph(nodes: usize, arrows: &[(usize, usize)]) -> Graph {
        let arrow = |&(from, to): &(usize, usize)| Arrow { from, to, means: Means::Waits };
        Graph { nodes: vec![Node::default(); nodes], arrows: arrows.iter().map(arrow).collect() }
    }

    #[test]
    fn a_chain_is_a_row_and_a_ring_too() {
        for arrows in [&[(0, 1), (1, 2)][..], &[(0, 1), (1, 2), (2, 0)]] {
            let laid = layout(&graph(3, arrows));
            assert_eq!((laid.columns, laid.rows), (3, 1));
        }
    }

    #[test]
    fn no_two_boxes_are_in_the_same_place() {
        let arrows: Vec<_> = (0..40).map(|n| (n, (n * 7 + 3) % 40)).collect();
        let laid = layout(&graph(40, &arrows));
        let mut at = laid.at;
        at.sort_unstable();
        at.dedup();
        assert_eq!(at.len(), 40);
    }

    #[test]
    fn who_waits_stands_beside_what_it_waits_for() {
        let laid = layout(&graph(4, &[(0, 1), (1, 2), (3, 2)]));
        assert_eq!((laid.at[3].0, laid.at[2].0), (1, 2));
    }
}
