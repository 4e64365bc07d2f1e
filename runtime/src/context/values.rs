//! What a context carries: a chain of values, the latest first.

use std::any::Any;
use std::sync::Arc;

/// A value, and those that were there before it.
pub(super) struct Values {
    value: Box<dyn Any + Send + Sync>,
    next: Option<Arc<Values>>,
}

impl Values {
    pub(super) fn new<T: Any + Send + Sync>(value: T, next: Option<Arc<Self>>) -> Self {
        Self { value: Box::new(value), next }
    }

    /// The latest value of this type.
    pub(super) fn get<T: Any>(&self) -> Option<&T> {
        let mut link = self;
        loop {
            if let Some(value) = link.value.downcast_ref() {
                return Some(value);
            }
            link = link.next.as_deref()?;
        }
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        // Link by link: a long chain must not use up the stack.
        let mut next = self.next.take();
        while let Some(mut link) = next.and_then(Arc::into_inner) {
            next = link.next.take();
        }
    }
}
