package main

import (
	"runtime"
	"sync"
	"time"
)

// joinAll has a WaitGroup where the others have handles.
func joinAll(size uint64) float64 {
	start := time.Now()
	results := make([]uint64, size)
	var all sync.WaitGroup
	for number := range size {
		all.Go(func() { results[number] = number })
	}
	all.Wait()
	var sum uint64
	for _, result := range results {
		sum += result
	}
	ns := nsSince(start, size)
	must(sum == size*(size-1)/2, "another sum")
	return ns
}

func fromTasks(size uint64) float64 {
	const spawners = 8
	per := each(size, spawners)
	start := time.Now()
	var all sync.WaitGroup
	for range spawners {
		all.Go(func() { joinAll(per) })
	}
	all.Wait()
	return nsSince(start, per*spawners)
}

func oneByOne(size uint64) float64 {
	start := time.Now()
	var sum uint64
	for number := range size {
		result := make(chan uint64, 1)
		go func() { result <- number }()
		sum += <-result
	}
	ns := nsSince(start, size)
	must(sum == size*(size-1)/2, "another sum")
	return ns
}

func chained(size uint64) float64 {
	done := make(chan struct{})
	start := time.Now()
	link(size, done)
	<-done
	return nsSince(start, size)
}

func link(left uint64, done chan struct{}) {
	go func() {
		if left == 0 {
			close(done)
		} else {
			link(left-1, done)
		}
	}()
}

func yields(size, tasks uint64) float64 {
	per := each(size, tasks)
	start := time.Now()
	var all sync.WaitGroup
	for range tasks {
		all.Go(func() {
			for range per {
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	return nsSince(start, per*tasks)
}

// leaves is the greatest power of ten that is not above size.
func leaves(size uint64) uint64 {
	count := uint64(10)
	for count*10 <= size {
		count *= 10
	}
	return count
}

func tasksOf(leaves uint64) uint64 {
	count := uint64(0)
	for level := uint64(1); level <= leaves; level *= 10 {
		count += level
	}
	return count
}

func skynet(size uint64) float64 {
	count := leaves(size)
	start := time.Now()
	sum := sumOf(0, count)
	ns := nsSince(start, tasksOf(count))
	must(sum == count*(count-1)/2, "another sum")
	return ns
}

func sumOf(first, count uint64) uint64 {
	if count == 1 {
		return first
	}
	var (
		parts [10]uint64
		all   sync.WaitGroup
		part  = count / 10
	)
	for number := range parts {
		all.Go(func() { parts[number] = sumOf(first+uint64(number)*part, part) })
	}
	all.Wait()
	var sum uint64
	for _, part := range parts {
		sum += part
	}
	return sum
}

func skynetOverChannels(size uint64) float64 {
	count := leaves(size)
	result := make(chan uint64)
	start := time.Now()
	go sendSumOf(0, count, result)
	sum := <-result
	ns := nsSince(start, tasksOf(count))
	must(sum == count*(count-1)/2, "another sum")
	return ns
}

func sendSumOf(first, count uint64, to chan<- uint64) {
	if count == 1 {
		to <- first
		return
	}
	parts := make(chan uint64)
	part := count / 10
	for number := range uint64(10) {
		go sendSumOf(first+number*part, part, parts)
	}
	var sum uint64
	for range 10 {
		sum += <-parts
	}
	to <- sum
}
