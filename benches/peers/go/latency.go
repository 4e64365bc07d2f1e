package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var sink atomic.Uint64

// burn is arithmetic that no compiler takes away.
func burn(turns uint64) {
	state := uint64(1)
	for range turns {
		state = state*6364136223846793005 + 1
	}
	if state == 0 {
		sink.Store(state)
	}
}

// turnsOf20us is how many turns of burn take 20 us.
func turnsOf20us() uint64 {
	const trial = 20_000
	fastest := time.Hour
	for range 5 {
		start := time.Now()
		burn(trial)
		fastest = min(fastest, time.Since(start))
	}
	return trial * 20_000 / uint64(max(fastest.Nanoseconds(), 1))
}

// load starts tasks that work for 20 us, yield, and so on; what it returns ends them.
func load(tasks int) func() {
	turns := turnsOf20us()
	var (
		stop atomic.Bool
		all  sync.WaitGroup
	)
	for range tasks {
		all.Go(func() {
			for !stop.Load() {
				burn(turns)
				runtime.Gosched()
			}
		})
	}
	return func() {
		stop.Store(true)
		all.Wait()
	}
}

func percentile(of []int64, part float64) float64 {
	slices.Sort(of)
	return float64(of[int(float64(len(of)-1)*part)])
}

// part is the percentile that a row is about.
func part(beside int) float64 {
	if beside == 0 {
		return 0.5
	}
	return 0.99
}

func wake(size uint64, beside int) float64 {
	end := load(beside)
	values, acks := make(chan time.Time, 1), make(chan struct{}, 1)
	times := make([]int64, 0, size)
	var all sync.WaitGroup
	all.Go(func() {
		for range size {
			times = append(times, time.Since(<-values).Nanoseconds())
			acks <- struct{}{}
		}
	})
	all.Go(func() {
		for range size {
			if beside == 0 {
				time.Sleep(300 * time.Microsecond)
			} else {
				runtime.Gosched()
			}
			values <- time.Now()
			<-acks
		}
	})
	all.Wait()
	end()
	return percentile(times, part(beside))
}

func timer(size uint64, beside int) float64 {
	end := load(beside)
	late := make([]int64, 0, size)
	var all sync.WaitGroup
	all.Go(func() {
		for range size {
			start := time.Now()
			time.Sleep(time.Millisecond)
			late = append(late, max(time.Since(start)-time.Millisecond, 0).Nanoseconds())
		}
	})
	all.Wait()
	end()
	return percentile(late, part(beside))
}
