//! A balancer that tells what it has pinned while it is locked.

use std::collections::HashMap;
use std::sync::Arc;

use wakeful::sync::Mutex;
use wakeful::{channel, spawn};

use crate::chan::Chan;
use crate::pace::{gap, long_gap, stagger};

/// Zero counts as none.
type Address = u32;

const ALL: [Address; 3] = [0, 1, 2];

struct Balancer {
    state: Mutex<State>,
    notify: Chan<Vec<Address>>,
    fixed: bool,
}

#[derive(Default)]
struct State {
    pinned: Address,
    is_closed: bool,
}

impl Balancer {
    async fn up(&self, address: Address) {
        let mut state = self.state.lock().await;
        if state.pinned == 0 {
            state.pinned = address;
            self.tell(&state, vec![address]).await;
        }
    }

    async fn down(&self, address: Address) {
        let mut state = self.state.lock().await;
        if state.pinned == address {
            state.pinned = 0;
            self.tell(&state, ALL.to_vec()).await;
        }
    }

    async fn close(&self) {
        let mut state = self.state.lock().await;
        if !state.is_closed {
            state.is_closed = true;
            self.notify.close();
        }
    }

    async fn tell(&self, state: &State, list: Vec<Address>) {
        if !self.fixed {
            let _ = self.notify.send(list).await;
        } else if !state.is_closed {
            // The cure: only the newest list counts, and it never waits.
            let _ = self.notify.try_recv();
            let _ = self.notify.try_send(list);
        }
    }
}

struct Client {
    balancer: Arc<Balancer>,
    connections: Mutex<HashMap<Address, Arc<Connection>>>,
}

#[derive(Default)]
struct Connection {
    is_up: Mutex<bool>,
}

impl Client {
    fn dial(balancer: Arc<Balancer>) -> Arc<Self> {
        let client = Arc::new(Self { balancer, connections: Mutex::default() });
        spawn(Arc::clone(&client).watch());
        client
    }

    async fn watch(self: Arc<Self>) {
        while let Some(list) = self.balancer.notify.recv().await {
            gap().await;
            let mut gone = Vec::new();
            {
                let mut connections = self.connections.lock().await;
                connections.retain(|address, connection| {
                    let stays = list.contains(address);
                    if !stays {
                        gone.push((*address, Arc::clone(connection)));
                    }
                    stays
                });
                for address in list {
                    connections.entry(address).or_insert_with(|| {
                        let connection = Arc::<Connection>::default();
                        spawn(Arc::clone(&self).reset(address, Arc::clone(&connection)));
                        connection
                    });
                }
            }
            gone.sort_by_key(|(address, _)| *address);
            for (address, connection) in gone {
                self.tear_down(address, &connection).await;
            }
        }
    }

    async fn reset(self: Arc<Self>, address: Address, connection: Arc<Connection>) {
        stagger(address).await;
        let mut is_up = connection.is_up.lock().await;
        self.balancer.up(address).await;
        *is_up = true;
    }

    async fn tear_down(&self, address: Address, connection: &Connection) {
        let mut is_up = connection.is_up.lock().await;
        if *is_up {
            *is_up = false;
            self.balancer.down(address).await;
        }
    }

    async fn close(&self) {
        let connections = std::mem::take(&mut *self.connections.lock().await);
        self.balancer.close().await;
        for (address, connection) in connections {
            self.tear_down(address, &connection).await;
        }
    }
}

/// Who takes down what is pinned tells it to itself, in a channel that is full.
pub(super) async fn etcd_7443(fixed: bool) {
    let notify = Chan::new(1);
    let _ = notify.try_send(ALL.to_vec());
    let balancer = Arc::new(Balancer { state: Mutex::default(), notify, fixed });
    let client = Client::dial(Arc::clone(&balancer));
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        long_gap().await;
        gap().await;
        balancer.close().await;
        drop(done);
    });
    spawn(async move {
        long_gap().await;
        gap().await;
        client.close().await;
    });
    is_done.recv().await;
}
