package main

import (
	"runtime"
	"sync"
	"time"
)

// bytesEach is the memory of so many things that lie one beside the other.
func bytesEach[T any](size uint64, use func(thing *T, number uint64)) float64 {
	kept := make([]T, size)
	// What is made in advance is not touched before it is used; what is collected meanwhile is not
	// what is asked for.
	before := resident()
	for number := range size {
		use(&kept[number], number)
	}
	bytes := (resident() - before) / float64(size)
	runtime.KeepAlive(kept)
	return bytes
}

func memChan(size uint64) float64 {
	return bytesEach(size, func(thing *chan uint64, _ uint64) { *thing = make(chan uint64, 16) })
}

func memMutex(size uint64) float64 {
	type guarded struct {
		sync.Mutex
		value uint64
	}
	return bytesEach(size, func(thing *guarded, _ uint64) {
		thing.Lock()
		thing.value++
		thing.Unlock()
	})
}

func memRWLock(size uint64) float64 {
	type guarded struct {
		sync.RWMutex
		value uint64
	}
	return bytesEach(size, func(thing *guarded, _ uint64) {
		thing.Lock()
		thing.value++
		thing.Unlock()
		thing.RLock()
		sink.Store(thing.value)
		thing.RUnlock()
	})
}

func memTimer(size uint64) float64 {
	return bytesEach(size, func(thing **time.Timer, number uint64) {
		*thing = time.NewTimer(time.Hour + time.Duration(number*7919%600_000)*time.Millisecond)
	})
}

func memConn(size uint64) float64 {
	return accept(size, 64).bytes
}
