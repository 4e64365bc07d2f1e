package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// resident is how many bytes of memory are in use, as the kernel counts them.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	check(err)
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	check(err)
	return pages * 4096
}

// perTask is the bytes of each of so many tasks; each counts itself once it runs.
func perTask(size uint64, start func(asleep *atomic.Uint64) any) float64 {
	kept := make([]any, 0, size)
	var asleep atomic.Uint64
	before := resident()
	for range size {
		kept = append(kept, start(&asleep))
	}
	for asleep.Load() < size {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	after := resident()
	runtime.KeepAlive(kept)
	return (after - before) / float64(size)
}

func pending(size uint64) float64 {
	return perTask(size, func(asleep *atomic.Uint64) any {
		go func() {
			asleep.Add(1)
			select {}
		}()
		return nil
	})
}

func receiving(size uint64) float64 {
	return perTask(size, func(asleep *atomic.Uint64) any {
		values := make(chan uint64)
		go func() {
			asleep.Add(1)
			<-values
		}()
		return values
	})
}
