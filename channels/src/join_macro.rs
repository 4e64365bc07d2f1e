//! The grammar of `join!` and `try_join!`.
//!
//! As in `select!`, each future and its output get identifiers of their own in the step that reads
//! them. Each poll begins with the next future, so that one that is always ready cannot use up the
//! task's budget before the others have a turn.

/// Waits for several futures at once, in the same task, and returns their outputs as a tuple.
///
/// The futures run concurrently, not in parallel; to use several workers, spawn them. A future that
/// is done is dropped at once. With `biased;` in front, each poll begins with the topmost.
///
/// # Examples
///
/// ```
/// use wakeful_channels::{channel, join};
/// # futures_executor::block_on(async {
/// let (tx, rx) = channel(0);
/// let (sent, got) = join!(tx.send(7), rx.recv());
/// assert_eq!((sent, got), (Ok(()), Some(7)));
/// # });
/// ```
///
/// # Cancel safety
///
/// A join that is dropped drops the futures that are not done, and the outputs of those that are.
#[macro_export]
macro_rules! join {
    (biased; $($futures:tt)*) => { $crate::__join! { @read join true (0) [] $($futures)* } };
    ($($futures:tt)*) => { $crate::__join! { @read join false (0) [] $($futures)* } };
}

/// Waits for several futures at once, in the same task, until all succeed or one fails.
///
/// As [`join!`], for futures of `Result`s: the value is `Ok` with a tuple of what they returned, or
/// the first error, as soon as there is one; the futures that are not done are dropped then.
///
/// # Examples
///
/// ```
/// use wakeful_channels::try_join;
/// # futures_executor::block_on(async {
/// let both: Result<(u8, u8), &str> = try_join!(async { Ok(1) }, async { Ok(2) });
/// assert_eq!(both, Ok((1, 2)));
/// let one: Result<((), u8), &str> =
///     try_join!(std::future::pending(), async { Err("no") });
/// assert_eq!(one, Err("no"));
/// # });
/// ```
#[macro_export]
macro_rules! try_join {
    (biased; $($futures:tt)*) => { $crate::__join! { @read try_join true (0) [] $($futures)* } };
    ($($futures:tt)*) => { $crate::__join! { @read try_join false (0) [] $($futures)* } };
}

/// The stages behind [`join!`] and [`try_join!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __join {
    (@read $how:ident $biased:tt ($number:expr) [$($had:tt)*] $make:expr $(, $($rest:tt)*)?) => {
        $crate::__join! { @read $how $biased ($number + 1)
            [$($had)* { future output ($number) ($make) }] $($($rest)*)? }
    };
    (@read $how:ident $biased:tt ($count:expr) [$($had:tt)*]) => {
        $crate::__join! { @$how $biased ($count) [$($had)*] }
    };
    (@read $how:ident $biased:tt $count:tt $had:tt $($rest:tt)+) => {
        ::core::compile_error!("join!: expected futures, separated by `,`")
    };

    (@join $biased:tt $count:tt []) => { () };
    (@join $biased:tt $count:tt [$({ $future:ident $output:ident $number:tt $make:tt })*]) => {
        match $crate::__join! { @build poll_join $biased $count
            [$({ $future $output $number $make })*] } {
            $crate::__private::Result::Ok(outputs) => outputs,
            $crate::__private::Result::Err(never) => match never {},
        }
    };

    (@try_join $biased:tt $count:tt []) => { $crate::__private::Result::Ok(()) };
    (@try_join $biased:tt $count:tt $futures:tt) => {
        $crate::__join! { @build poll_try_join $biased $count $futures }
    };

    (@build $poll:ident $biased:tt ($count:expr)
        [$({ $future:ident $output:ident ($number:expr) ($make:expr) })*]) => {{
        $(let mut $future = $crate::__private::pin!($crate::__private::Option::Some(
            $crate::__private::IntoFuture::into_future($make)
        ));
        let mut $output = $crate::__private::Option::None;)*
        let mut rota = $crate::__private::Rota::new($count, $biased);
        let end = $crate::__private::poll_fn(|cx| {
            rota.poll(|next| {
                $(if next == $number {
                    return $crate::__private::$poll($future.as_mut(), &mut $output, cx);
                })*
                ::core::unreachable!("a join polls the futures it has")
            })
        })
        .await;
        match end {
            $crate::__private::Result::Ok(()) => {
                $crate::__private::Result::Ok(($($crate::__private::joined($output),)*))
            }
            $crate::__private::Result::Err(error) => $crate::__private::Result::Err(error),
        }
    }};
}
