package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// beside is what else the workers do.
type beside int

const (
	nothing beside = iota
	busy
	hog
)

// company starts what is beside; what it returns ends it.
func company(of beside) func() {
	switch of {
	case busy:
		return load(4)
	case hog:
		var stop atomic.Bool
		turns := turnsOf20us()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !stop.Load() {
				for start := time.Now(); time.Since(start) < 100*time.Millisecond; {
					burn(turns)
				}
				runtime.Gosched()
			}
		}()
		return func() {
			stop.Store(true)
			<-done
		}
	}
	return func() {}
}

// tail is the half, the hundredth and the thousandth that are latest, and the latest one.
func tail(of []int64) []float64 {
	slices.Sort(of)
	at := func(part float64) float64 { return float64(of[int(float64(len(of)-1)*part)]) }
	return []float64{at(0.5), at(0.99), at(0.999), at(1)}
}

// pairs of tasks are at work at a time.
const pairs = 8

// together runs so many of them and gathers what they return.
func together(count uint64, run func(number uint64) []int64) (all []int64) {
	parts := make(chan []int64, count)
	for number := range count {
		go func() { parts <- run(number) }()
	}
	for range count {
		all = append(all, <-parts...)
	}
	return
}

func tailWake(size uint64, of beside) []float64 {
	count := uint64(pairs)
	if of == nothing {
		count = 1
	}
	per := each(size, count)
	end := company(of)
	times := together(count, func(pair uint64) []int64 {
		values, acks := make(chan time.Time, 1), make(chan struct{}, 1)
		go func() {
			pause := time.Duration(300+37*pair) * time.Microsecond
			for range per {
				time.Sleep(pause)
				values <- time.Now()
				<-acks
			}
		}()
		times := make([]int64, 0, per)
		for range per {
			times = append(times, time.Since(<-values).Nanoseconds())
			acks <- struct{}{}
		}
		return times
	})
	end()
	return tail(times)
}

func tailTimers(size uint64, of beside) []float64 {
	per := each(size, pairs)
	end := company(of)
	late := together(pairs, func(uint64) []int64 {
		late := make([]int64, 0, per)
		for range per {
			start := time.Now()
			time.Sleep(time.Millisecond)
			late = append(late, max(time.Since(start)-time.Millisecond, 0).Nanoseconds())
		}
		return late
	})
	end()
	return tail(late)
}

// shares are what each of some tasks has done, each on two lines of cache of its own.
type shares struct {
	counts []count
	stop   atomic.Bool
}

type count struct {
	atomic.Uint64
	_ [120]byte
}

// work starts a task's loop for each count; step does one more.
func (shares *shares) work(step func(task int)) {
	for task := range shares.counts {
		go func() {
			for !shares.stop.Load() {
				step(task)
				shares.done(task)
			}
		}()
	}
}

// done counts one more. Nobody else writes this count.
func (shares *shares) done(task int) {
	count := &shares.counts[task]
	count.Store(count.Load() + 1)
}

func (shares *shares) all() []uint64 {
	all := make([]uint64, len(shares.counts))
	for task := range shares.counts {
		all[task] = shares.counts[task].Load()
	}
	return all
}

// after is the least and the most by the mean, Jain's index, and nanoseconds of one operation.
func (shares *shares) after(length uint64) []float64 {
	time.Sleep(50 * time.Millisecond)
	before, start := shares.all(), time.Now()
	time.Sleep(time.Duration(length) * time.Millisecond)
	after, took := shares.all(), time.Since(start)
	shares.stop.Store(true)
	var sum, squares float64
	done := make([]float64, len(after))
	for task := range after {
		done[task] = float64(after[task] - before[task])
		sum += done[task]
		squares += done[task] * done[task]
	}
	mean := sum / float64(len(done))
	return []float64{
		slices.Min(done) / mean,
		slices.Max(done) / mean,
		sum * sum / (float64(len(done)) * squares),
		float64(took.Nanoseconds()) / sum,
	}
}

func sharesOf(tasks int) *shares {
	return &shares{counts: make([]count, tasks)}
}

func fairMutex(length uint64) []float64 {
	var (
		lock  sync.Mutex
		value uint64
	)
	shares := sharesOf(64)
	shares.work(func(int) {
		lock.Lock()
		value++
		lock.Unlock()
	})
	return shares.after(length)
}

func fairRWLock(length uint64) []float64 {
	var (
		lock  sync.RWMutex
		value uint64
	)
	shares := sharesOf(64)
	turns := make([]count, 64)
	shares.work(func(task int) {
		turn := turns[task].Load()
		turns[task].Store(turn + 1)
		if (turn+uint64(task))%20 == 0 {
			lock.Lock()
			value++
			lock.Unlock()
		} else {
			lock.RLock()
			if value == 1<<63 {
				sink.Store(value)
			}
			lock.RUnlock()
		}
	})
	return shares.after(length)
}

func fairSenders(length uint64) []float64 {
	values := make(chan uint64, 128)
	shares := sharesOf(16)
	shares.work(func(int) { values <- 1 })
	go func() {
		for range values {
		}
	}()
	return shares.after(length)
}

func fairReceivers(length uint64) []float64 {
	values := make(chan uint64, 128)
	shares := sharesOf(4)
	for range 4 {
		go func() {
			for {
				values <- 1
			}
		}()
	}
	shares.work(func(int) { <-values })
	return shares.after(length)
}

func fairYields(length uint64) []float64 {
	shares := sharesOf(200)
	shares.work(func(int) { runtime.Gosched() })
	return shares.after(length)
}
