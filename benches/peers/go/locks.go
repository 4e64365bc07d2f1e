package main

import (
	"runtime"
	"sync"
	"time"
)

func mutex(size, tasks uint64, yields bool) float64 {
	per := each(size, tasks)
	start := time.Now()
	var (
		lock  sync.Mutex
		count uint64
		all   sync.WaitGroup
	)
	for range tasks {
		all.Go(func() {
			for range per {
				lock.Lock()
				count++
				if yields {
					runtime.Gosched()
				}
				lock.Unlock()
			}
		})
	}
	all.Wait()
	ns := nsSince(start, per*tasks)
	must(count == per*tasks, "another count")
	return ns
}

var keep uint64

func rwlock(size uint64) float64 {
	const tasks = 64
	per := each(size, tasks)
	start := time.Now()
	var (
		lock  sync.RWMutex
		count uint64
		all   sync.WaitGroup
	)
	for task := range uint64(tasks) {
		all.Go(func() {
			var sum uint64
			for number := range per {
				if (number+task)%20 == 0 {
					lock.Lock()
					count++
					lock.Unlock()
				} else {
					lock.RLock()
					sum += count
					lock.RUnlock()
				}
			}
			lock.Lock()
			keep += sum
			lock.Unlock()
		})
	}
	all.Wait()
	return nsSince(start, per*tasks)
}

func groups(size uint64) float64 {
	const members = 1000
	rounds := each(size, members)
	start := time.Now()
	for range rounds {
		var group sync.WaitGroup
		for range members {
			group.Go(func() {})
		}
		group.Wait()
	}
	return nsSince(start, rounds*members)
}
