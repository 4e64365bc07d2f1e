//! The grammar of `select!`.
//!
//! Stages: `select!` reads the order; `@arms` takes one arm after the other, giving each a name and
//! a number from a list; `@build` writes the code. What an arm holds on the way is
//! `{ name number future kind (pattern) (future) (condition) (body) }`, where the two identifiers in
//! the middle are made in the step that reads the arm, so that each arm has its own; without a
//! condition there is nothing in its brackets.
//!
//! In the code that is written, futures live in an inner block: when a body runs they are gone, and
//! what they borrowed is free. They are made, and pinned, in the head of a `match`, where temporaries
//! live as long as the match; but not in an `if`, whose temporaries end with it. So none is moved
//! after it was made, and the closure that polls them borrows all of them at once: eight futures
//! that are moved three times cost more than to receive. A pattern is tried in a guard, which moves nothing, so that a value
//! that does not fit can be dropped and the select go on.

/// Waits for the first of several things, and runs the body of the arm that was ready.
///
/// ```text
/// select! {
///     [biased;]
///     PATTERN = FUTURE [, if CONDITION] => BODY,
///     default => BODY,
///     else => BODY,
/// }
/// ```
///
/// Up to 64 arms. A body is a block or, followed by a comma, any expression; bodies of one select
/// have one type, which is the select's value. `?`, `break`, `return` and `.await` work in bodies.
///
/// **Order.** All conditions are evaluated first, then the futures of the arms that are switched
/// on, top to bottom. Of several arms that are ready one is chosen at random, each with the same
/// chance; with `biased;` the topmost. Before the body runs, the futures of all arms are dropped.
///
/// What a future borrows may be made along with it, as the receiver in `time::after(d).recv()`: it
/// lives until the select has chosen, as it does in an `.await`, so do not lock anything there. With
/// a condition that does not work; then give it a name before the select.
///
/// **Exactly one takes effect.** Where an arm's future is a channel operation itself, such as
/// `rx.recv()`, `tx.send(v)`, or a `&mut` reference to one, the select claims it as Go does: a value
/// is taken from a channel, or put into one, only if that arm wins. An operation that a partner
/// completed while the select slept has won, also with `biased;`. A select with a send and a receive
/// on the same channel never pairs with itself. A channel operation wrapped in an `async` block is
/// a future like any: it can go forward and then be dropped.
///
/// **Patterns** may be refutable. If the value does not fit, it is dropped, the arm is switched off,
/// and the select waits for the others.
///
/// **`default`** runs if no arm is ready, without waiting. Even so, a select in a loop yields now and
/// then if its task has used up its budget. **`else`** runs when every arm is switched off, by its
/// condition or because its pattern did not fit. With no arm left and neither of the two, the
/// select waits forever, as Go's `select {}`.
///
/// A future by reference (`&mut future`) can be used again in the next select. One that is left
/// behind by a select takes nothing until it is polled again; if its turn comes meanwhile it is
/// passed over, and starts at the end of the line.
///
/// # Examples
///
/// ```
/// use wakeful_channels::{channel, select};
/// # futures_executor::block_on(async {
/// let (jobs, inbox) = channel(4);
/// let (_stop, stopped) = channel::<()>(0);
/// jobs.send("paint").await.unwrap();
/// let job = select! {
///     Some(job) = inbox.recv() => job,
///     _ = stopped.recv() => return,
/// };
/// assert_eq!(job, "paint");
/// # });
/// ```
///
/// # Panics
///
/// If a future panics when it is polled.
///
/// # Cancel safety
///
/// A select that is dropped while it waits has taken no effect: an operation that had won but was
/// not yet seen is undone as if it were alone (see [`Recv`](crate::Recv), [`Send`](crate::Send)).
///
/// # In reports
///
/// Each arm is a wait of its own, marked as one of several; without an arm it is
/// `[select (no cases)]`.
#[macro_export]
macro_rules! select {
    (biased; $($arms:tt)*) => {
        $crate::__select! { @names true $($arms)* }
    };
    ($($arms:tt)*) => {
        $crate::__select! { @names false $($arms)* }
    };
}

/// The stages behind [`select!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@names $biased:tt $($arms:tt)*) => {
        $crate::__select! { @arms $biased () () [] [
            (T0 0) (T1 1) (T2 2) (T3 3) (T4 4) (T5 5) (T6 6) (T7 7) (T8 8) (T9 9) (T10 10) (T11
            11) (T12 12) (T13 13) (T14 14) (T15 15) (T16 16) (T17 17) (T18 18) (T19 19) (T20 20)
            (T21 21) (T22 22) (T23 23) (T24 24) (T25 25) (T26 26) (T27 27) (T28 28) (T29 29)
            (T30 30) (T31 31) (T32 32) (T33 33) (T34 34) (T35 35) (T36 36) (T37 37) (T38 38)
            (T39 39) (T40 40) (T41 41) (T42 42) (T43 43) (T44 44) (T45 45) (T46 46) (T47 47)
            (T48 48) (T49 49) (T50 50) (T51 51) (T52 52) (T53 53) (T54 54) (T55 55) (T56 56)
            (T57 57) (T58 58) (T59 59) (T60 60) (T61 61) (T62 62) (T63 63)
        ] $($arms)* }
    };

    // All arms are read.
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt) => {
        $crate::__select! { @build $biased $default $else $arms }
    };

    // `default` and `else`.
    (@arms $biased:tt ($($had:tt)+) $else:tt $arms:tt $names:tt default => $($rest:tt)*) => {
        ::core::compile_error!("select!: `default` appears twice; one is enough")
    };
    (@arms $biased:tt () $else:tt $arms:tt $names:tt default => $body:block, $($rest:tt)*) => {
        $crate::__select! { @arms $biased ($body) $else $arms $names $($rest)* }
    };
    (@arms $biased:tt () $else:tt $arms:tt $names:tt default => $body:block $($rest:tt)*) => {
        $crate::__select! { @arms $biased ($body) $else $arms $names $($rest)* }
    };
    (@arms $biased:tt () $else:tt $arms:tt $names:tt default => $body:expr) => {
        $crate::__select! { @arms $biased ($body) $else $arms $names }
    };
    (@arms $biased:tt () $else:tt $arms:tt $names:tt default => $body:expr, $($rest:tt)*) => {
        $crate::__select! { @arms $biased ($body) $else $arms $names $($rest)* }
    };
    (@arms $biased:tt $default:tt ($($had:tt)+) $arms:tt $names:tt else => $($rest:tt)*) => {
        ::core::compile_error!("select!: `else` appears twice; one is enough")
    };
    (@arms $biased:tt $default:tt () $arms:tt $names:tt else => $body:block, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default ($body) $arms $names $($rest)* }
    };
    (@arms $biased:tt $default:tt () $arms:tt $names:tt else => $body:block $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default ($body) $arms $names $($rest)* }
    };
    (@arms $biased:tt $default:tt () $arms:tt $names:tt else => $body:expr) => {
        $crate::__select! { @arms $biased $default ($body) $arms $names }
    };
    (@arms $biased:tt $default:tt () $arms:tt $names:tt else => $body:expr, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default ($body) $arms $names $($rest)* }
    };

    // Mistakes that would otherwise read as the start of a pattern.
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt default $($rest:tt)*) => {
        ::core::compile_error!("select!: `default` is followed by `=> BODY`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt else $($rest:tt)*) => {
        ::core::compile_error!("select!: `else` is followed by `=> BODY`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt biased; $($rest:tt)*) => {
        ::core::compile_error!("select!: `biased;` stands before all arms, once")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt [] $($rest:tt)+) => {
        ::core::compile_error!("select!: more than 64 arms; wait for groups of them in selects of their own")
    };

    // An arm: with and without a condition, the body a block or an expression.
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $body:block, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) ($condition) ($body) }]
            [$($names)*] $($rest)* }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr => $body:block, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) () ($body) }]
            [$($names)*] $($rest)* }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $body:block $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) ($condition) ($body) }]
            [$($names)*] $($rest)* }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr => $body:block $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) () ($body) }]
            [$($names)*] $($rest)* }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $body:expr) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) ($condition) ($body) }]
            [$($names)*] }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr => $body:expr) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) () ($body) }]
            [$($names)*] }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr, if $condition:expr => $body:expr, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) ($condition) ($body) }]
            [$($names)*] $($rest)* }
    };
    (@arms $biased:tt $default:tt $else:tt [$($arms:tt)*] [($name:ident $number:literal) $($names:tt)*]
        $pattern:pat = $future:expr => $body:expr, $($rest:tt)*) => {
        $crate::__select! { @arms $biased $default $else
            [$($arms)* { $name $number future kind ($pattern) ($future) () ($body) }]
            [$($names)*] $($rest)* }
    };

    // Other mistakes.
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt
        $pattern:pat = $future:expr $(, if $condition:expr)? => $body:expr; $($rest:tt)*) => {
        ::core::compile_error!("select!: arms are separated by `,`, not by `;`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt
        $pattern:pat = $future:expr $(, if $condition:expr)? $(, $($rest:tt)*)?) => {
        ::core::compile_error!("select!: an arm has no body; write `PATTERN = FUTURE => BODY`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt $pattern:pat => $($rest:tt)*) => {
        ::core::compile_error!("select!: an arm has no future; write `PATTERN = FUTURE => BODY`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt $pattern:pat if $($rest:tt)*) => {
        ::core::compile_error!("select!: the condition comes after the future; write `PATTERN = FUTURE, if CONDITION => BODY`")
    };
    (@arms $biased:tt $default:tt $else:tt $arms:tt $names:tt $($rest:tt)+) => {
        ::core::compile_error!("select!: expected `PATTERN = FUTURE [, if CONDITION] => BODY`, `default => BODY` or `else => BODY`")
    };

    // Without an arm there is nothing to poll.
    (@build $biased:tt $default:tt ($else:expr) []) => { $else };
    (@build $biased:tt ($default:expr) () []) => { $default };
    (@build $biased:tt () () []) => { match $crate::__private::forever().await {} };

    (@build $biased:tt ($($default:expr)?) ($($else:expr)?)
        [$({ $name:ident $number:literal $future:ident $kind:ident
            ($pattern:pat) ($make:expr) ($($condition:expr)?) ($body:expr) })*]) => {{
        enum __WakefulArm<$($name),*> { $($name($name)),* }

        #[allow(unused_mut, reason = "for patterns that borrow with `ref mut`")]
        let mut choice = {
            #[allow(unused_imports, reason = "not every select has arms of both kinds")]
            use $crate::__private::{ViaFuture as _, ViaOperation as _};

            let enabled = 0u64 $(| $crate::__select!(@bit $number $($condition)?))*;
            match ($($crate::__private::pin!(
                $crate::__select!(@make enabled $number ($make) $($condition)?)
            ),)*) {
                mut arms => {
                    let mut select = $crate::__private::Select::new(
                        enabled,
                        $biased,
                        $crate::__select!(@is_given $($default)?),
                        $crate::__select!(@is_given $($else)?),
                    );
                    loop {
                        #[allow(unused_mut, reason = "for patterns that borrow with `ref mut`")]
                        let mut choice = $crate::__private::poll_fn(|cx| {
                            select.poll(cx, |number, pass, cx| {
                                let ($($future,)*) = &mut arms;
                                let ($($kind,)*) = ($((&$crate::__private::probe($future)).kind(),)*);
                                match number {
                                    $($number => $kind.poll($future.as_mut(), pass, cx).map(__WakefulArm::$name),)*
                                    _ => {
                                        pass.surveyed(
                                            0 $(| (($kind.hint($future) as u64) << $number))*,
                                            0 $(| (($kind.is_operation() as u64) << $number))*,
                                        );
                                        ::core::task::Poll::Pending
                                    }
                                }
                            })
                        })
                        .await;
                        let mut fits = false;
                        #[allow(unused_variables, unused_mut, unreachable_patterns, reason = "it only looks")]
                        match choice {
                            $($crate::__private::Choice::Won(__WakefulArm::$name($pattern)) if {
                                fits = true;
                                false
                            } => ::core::unreachable!("the guard is never true"),)*
                            $crate::__private::Choice::Won(_) => {}
                            _ => fits = true,
                        }
                        if fits {
                            break choice;
                        }
                    }
                }
            }
        };
        #[allow(unreachable_patterns, reason = "patterns may be irrefutable")]
        match choice {
            $($crate::__private::Choice::Won(__WakefulArm::$name($pattern)) => $body,)*
            $($crate::__private::Choice::Default => $default,)?
            $($crate::__private::Choice::Disabled => $else,)?
            _ => ::core::unreachable!("a select ends in one of its arms"),
        }
    }};

    (@bit $number:literal) => { 1 << $number };
    (@bit $number:literal $condition:expr) => { if $condition { 1 << $number } else { 0 } };

    (@make $enabled:ident $number:literal ($make:expr)) => {
        $crate::__private::Option::Some($crate::__private::IntoFuture::into_future($make))
    };
    (@make $enabled:ident $number:literal ($make:expr) $condition:expr) => {
        if $enabled & (1 << $number) != 0 {
            $crate::__private::Option::Some($crate::__private::IntoFuture::into_future($make))
        } else {
            $crate::__private::Option::None
        }
    };

    (@is_given) => { false };
    (@is_given $body:expr) => { true };
}
