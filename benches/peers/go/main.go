// The rows of the table, in Go: one measurement per process, as for the other backends.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

// A row runs so many operations and returns the figure of one.
type row func(size uint64) float64

var rows = map[string]row{
	"spawn_join":        joinAll,
	"spawn_tasks":       fromTasks,
	"spawn_one_join":    oneByOne,
	"chained_spawn":     chained,
	"skynet":            skynet,
	"skynet_1m":         skynet,
	"skynet_chan":       skynetOverChannels,
	"yield_many":        func(size uint64) float64 { return yields(size, 200) },
	"yield_one":         func(size uint64) float64 { return yields(size, 1) },
	"ping_pong":         func(size uint64) float64 { return pingPong(size, 1) },
	"ping_pong_64":      func(size uint64) float64 { return pingPong(size, 64) },
	"rendezvous":        func(size uint64) float64 { return stream(size, 1, 0) },
	"spsc_128":          func(size uint64) float64 { return stream(size, 1, 128) },
	"mpsc_16":           func(size uint64) float64 { return stream(size, 16, 128) },
	"mpmc_4":            func(size uint64) float64 { return crowd(size, 4) },
	"mpmc_64":           func(size uint64) float64 { return crowd(size, 64) },
	"sieve":             sieve,
	"ring":              ring,
	"select_2":          func(size uint64) float64 { return selects(size, 2, 0) },
	"select_8":          func(size uint64) float64 { return selects(size, 8, 0) },
	"select_8_buf":      func(size uint64) float64 { return selects(size, 8, 128) },
	"mutex_uncontended": func(size uint64) float64 { return mutex(size, 1, false) },
	"mutex_64":          func(size uint64) float64 { return mutex(size, 64, false) },
	"mutex_64_yield":    func(size uint64) float64 { return mutex(size, 64, true) },
	"rwlock_95":         rwlock,
	"waitgroup":         groups,
	"timer_cancel":      func(size uint64) float64 { return cancel(size, 0) },
	"timer_cancel_100k": func(size uint64) float64 { return cancel(size, 100_000) },
	"timeout_ready":     aroundNothing,
	"timeout_yield":     aroundYield,
	"timeout_recv":      aroundRecv,
	"sleep_many":        sleepers,
	"tcp_echo":          func(size uint64) float64 { return echo(size, 16) },
	"tcp_echo_srv":      func(size uint64) float64 { return echoServed(size, 16) },
	"http":              func(size uint64) float64 { return overHTTP(size, 16) },
	"idle_pending":      pending,
	"idle_chan":         receiving,
	"mem_chan":          memChan,
	"mem_mutex":         memMutex,
	"mem_rwlock":        memRWLock,
	"mem_timer":         memTimer,
	"mem_conn":          memConn,
	"wake_load":         func(size uint64) float64 { return wake(size, 4) },
	"wake_idle":         func(size uint64) float64 { return wake(size, 0) },
	"timer_load":        func(size uint64) float64 { return timer(size, 4) },
	"timer_idle":        func(size uint64) float64 { return timer(size, 0) },
}

// cold rows run once: nothing before them counts.
var cold = []string{
	"skynet_1m", "idle_pending", "idle_chan",
	"mem_chan", "mem_mutex", "mem_rwlock", "mem_timer", "mem_conn",
}

// A probe tells several figures.
var probes = map[string]func(size uint64) []float64{
	"grow_tasks":       growTasks,
	"grow_timers":      growTimers,
	"grow_connections": growConnections,
	"tail_wake_idle":   func(size uint64) []float64 { return tailWake(size, nothing) },
	"tail_wake_load":   func(size uint64) []float64 { return tailWake(size, busy) },
	"tail_wake_hog":    func(size uint64) []float64 { return tailWake(size, hog) },
	"tail_timer_idle":  func(size uint64) []float64 { return tailTimers(size, nothing) },
	"tail_timer_load":  func(size uint64) []float64 { return tailTimers(size, busy) },
	"tail_timer_hog":   func(size uint64) []float64 { return tailTimers(size, hog) },
	"fair_mutex_64":    fairMutex,
	"fair_rwlock_95":   fairRWLock,
	"fair_mpsc_16":     fairSenders,
	"fair_mpmc_4":      fairReceivers,
	"fair_yield_many":  fairYields,
}

func main() {
	name := os.Args[1]
	size, err := strconv.ParseUint(os.Args[2], 10, 64)
	run, probe := rows[name], probes[name]
	switch {
	case err == nil && probe != nil:
		for _, figure := range probe(size) {
			fmt.Println(figure)
		}
	case err == nil && run != nil:
		if !slices.Contains(cold, name) {
			run(max(size/10, 1))
		}
		fmt.Println(run(size))
	default:
		fmt.Fprintln(os.Stderr, "usage: go-peer ROW SIZE")
		os.Exit(2)
	}
}

// each is how many operations one of several tasks makes.
func each(size, tasks uint64) uint64 {
	return (size + tasks - 1) / tasks
}

func nsSince(start time.Time, operations uint64) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(operations)
}

func must(right bool, what string) {
	if !right {
		panic(what)
	}
}
