package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

const limit = time.Second

func cancel(size uint64, others int) float64 {
	standing := make([]*time.Timer, others)
	for number := range standing {
		standing[number] = time.NewTimer(30*time.Second + time.Duration(number*7919%30_000)*time.Millisecond)
	}
	start := time.Now()
	for range size {
		time.NewTimer(limit).Stop()
	}
	ns := nsSince(start, size)
	for _, timer := range standing {
		timer.Stop()
	}
	return ns
}

// within runs f in a task of its own, as one does where f knows nothing of time limits.
func within(f func()) {
	done := make(chan struct{})
	go func() {
		f()
		close(done)
	}()
	timer := time.NewTimer(limit)
	select {
	case <-done:
		timer.Stop()
	case <-timer.C:
		panic("that was not long")
	}
}

func aroundNothing(size uint64) float64 {
	start := time.Now()
	for range size {
		within(func() {})
	}
	return nsSince(start, size)
}

// aroundYield needs no task for what is limited: it is over when the yield returns.
func aroundYield(size uint64) float64 {
	start := time.Now()
	for range size {
		timer := time.NewTimer(limit)
		runtime.Gosched()
		must(timer.Stop(), "that was not long")
	}
	return nsSince(start, size)
}

func aroundRecv(size uint64) float64 {
	pings, pongs := make(chan uint64, 1), make(chan uint64, 1)
	start := time.Now()
	var all sync.WaitGroup
	all.Go(func() {
		for number := range size {
			pings <- number
			timer := time.NewTimer(limit)
			select {
			case back := <-pongs:
				must(back == number, "another number came back")
			case <-timer.C:
				panic("that was not long")
			}
			timer.Stop()
		}
	})
	all.Go(func() {
		for range size {
			pongs <- <-pings
		}
	})
	all.Wait()
	return nsSince(start, size)
}

func cpu() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func sleepers(size uint64) float64 {
	before := cpu()
	var all sync.WaitGroup
	for number := range size {
		all.Go(func() {
			time.Sleep(time.Duration(1000+number*7919%49_000) * time.Microsecond)
		})
	}
	all.Wait()
	return float64(cpu()-before) / float64(size)
}
