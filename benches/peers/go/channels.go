package main

import (
	"sync/atomic"
	"time"
)

func pingPong(size, pairs uint64) float64 {
	per := each(size, pairs)
	start := time.Now()
	done := make(chan struct{}, pairs)
	for range pairs {
		pings, pongs := make(chan uint64), make(chan uint64)
		go func() {
			for number := range per {
				pings <- number
				must(<-pongs == number, "another number came back")
			}
			done <- struct{}{}
		}()
		go func() {
			for range per {
				pongs <- <-pings
			}
		}()
	}
	for range pairs {
		<-done
	}
	return nsSince(start, per*pairs)
}

// stream has some senders and one receiver.
func stream(size, senders uint64, room int) float64 {
	per := each(size, senders)
	start := time.Now()
	values := make(chan uint64, room)
	var sending atomic.Int64
	sending.Store(int64(senders))
	for range senders {
		go func() {
			for number := range per {
				values <- number
			}
			if sending.Add(-1) == 0 {
				close(values)
			}
		}()
	}
	sums := make(chan uint64)
	go func() {
		var sum uint64
		for value := range values {
			sum += value
		}
		sums <- sum
	}()
	sum := <-sums
	ns := nsSince(start, per*senders)
	must(sum == senders*(per*(per-1)/2), "another sum")
	return ns
}

// crowd has as many receivers as senders.
func crowd(size, sides uint64) float64 {
	per := each(size, sides)
	start := time.Now()
	values := make(chan uint64, 128)
	var sending atomic.Int64
	sending.Store(int64(sides))
	sums := make(chan uint64, sides)
	for range sides {
		go func() {
			for number := range per {
				values <- number
			}
			if sending.Add(-1) == 0 {
				close(values)
			}
		}()
		go func() {
			var sum uint64
			for value := range values {
				sum += value
			}
			sums <- sum
		}()
	}
	var sum uint64
	for range sides {
		sum += <-sums
	}
	ns := nsSince(start, per*sides)
	must(sum == sides*(per*(per-1)/2), "another sum")
	return ns
}

func selects(size, ways uint64, room int) float64 {
	per := each(size, ways)
	start := time.Now()
	from := make([]chan uint64, ways)
	for way := range from {
		values := make(chan uint64, room)
		from[way] = values
		go func() {
			for number := range per {
				values <- number
			}
		}()
	}
	sums := make(chan uint64)
	go func() {
		var sum uint64
		for range per * ways {
			sum += either(from)
		}
		sums <- sum
	}()
	sum := <-sums
	ns := nsSince(start, per*ways)
	must(sum == ways*(per*(per-1)/2), "another sum")
	return ns
}

func either(from []chan uint64) uint64 {
	if len(from) == 2 {
		select {
		case value := <-from[0]:
			return value
		case value := <-from[1]:
			return value
		}
	}
	select {
	case value := <-from[0]:
		return value
	case value := <-from[1]:
		return value
	case value := <-from[2]:
		return value
	case value := <-from[3]:
		return value
	case value := <-from[4]:
		return value
	case value := <-from[5]:
		return value
	case value := <-from[6]:
		return value
	case value := <-from[7]:
		return value
	}
}

// sieve finds primes by a chain of filters; one operation is one prime.
func sieve(primes uint64) float64 {
	start := time.Now()
	stop := make(chan struct{})
	send := func(to chan<- uint64, number uint64) bool {
		select {
		case to <- number:
			return true
		case <-stop:
			return false
		}
	}
	from := make(chan uint64)
	go func(to chan<- uint64) {
		for number := uint64(2); send(to, number); number++ {
		}
	}(from)
	for range primes - 1 {
		prime := <-from
		next := make(chan uint64)
		go func(from <-chan uint64, to chan<- uint64) {
			for {
				select {
				case number := <-from:
					if number%prime != 0 && !send(to, number) {
						return
					}
				case <-stop:
					return
				}
			}
		}(from, next)
		from = next
	}
	last := <-from
	ns := nsSince(start, primes)
	close(stop)
	must(primes != 500 || last == 3571, "another prime")
	return ns
}

// ring hands a number on through 1000 tasks; it gets smaller at each.
func ring(size uint64) float64 {
	const tasks = 1000
	done := make(chan struct{})
	first := make(chan uint64)
	from := first
	for number := range tasks {
		to := first
		if number < tasks-1 {
			to = make(chan uint64)
		}
		go func(from, to chan uint64) {
			for left := range from {
				if left == 0 {
					close(done)
				} else {
					to <- left - 1
				}
			}
		}(from, to)
		from = to
	}
	start := time.Now()
	first <- size
	<-done
	return nsSince(start, size)
}
