package main

import (
	"math"
	"runtime"
	"sync"
	"time"
)

// growTasks has goroutines that wait at a channel each, and hands each a value. Go has no future:
// the fourth figure is nothing.
func growTasks(size uint64) []float64 {
	slots := make([]chan struct{}, size)
	for number := range slots {
		slots[number] = make(chan struct{})
	}
	var come sync.WaitGroup
	come.Add(int(size))
	before, start := resident(), time.Now()
	for _, slot := range slots {
		go func() {
			come.Done()
			for range slot {
				come.Done()
			}
		}()
	}
	come.Wait()
	started := nsSince(start, size)
	bytes := (resident() - before) / float64(size)
	rounds := min(max(100_000/size, 1), 100)
	start = time.Now()
	for range rounds {
		come.Add(int(size))
		for _, slot := range slots {
			slot <- struct{}{}
		}
		come.Wait()
	}
	return []float64{started, bytes, nsSince(start, size*rounds), 0}
}

// growTimers has goroutines that sleep until the same moment, after the last one has begun to.
func growTimers(size uint64) []float64 {
	var begun, ended sync.WaitGroup
	begun.Add(int(size))
	ended.Add(int(size))
	before, start := resident(), time.Now()
	due := start.Add(50*time.Millisecond + time.Duration(size)*5*time.Microsecond)
	for range size {
		go func() {
			begun.Done()
			time.Sleep(time.Until(due))
			ended.Done()
		}()
	}
	begun.Wait()
	started := nsSince(start, size)
	bytes := (resident() - before) / float64(size)
	late := math.NaN()
	inTime := time.Now().Before(due)
	ended.Wait()
	if inTime {
		late = nsSince(due, size)
	}
	return []float64{started, bytes, late}
}

func growConnections(size uint64) []float64 {
	served := accept(size, 64)
	rounds := min(max(20_000/size, 1), 20)
	ns, sent, received := served.rounds(rounds)
	runtime.KeepAlive(served)
	return []float64{served.accepted, served.bytes, ns / float64(rounds*size), float64(sent), float64(received)}
}
