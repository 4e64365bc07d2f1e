package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// served is a server whose clients are a process of their own, the same for all backends.
type served struct {
	told    io.Writer
	answers *bufio.Reader
	// accepted is the nanoseconds for one to be accepted, bytes the memory of one that waits.
	accepted, bytes float64
}

func accept(count uint64, room int) *served {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	before := resident()
	clients := exec.Command(os.Getenv("PEERS_CLIENT"), "--client", listener.Addr().String(), fmt.Sprint(count))
	told, err := clients.StdinPipe()
	check(err)
	answers, err := clients.StdoutPipe()
	check(err)
	check(clients.Start())
	var (
		waiting atomic.Uint64
		first   time.Time
	)
	for number := range count {
		conn, err := listener.Accept()
		check(err)
		if number == 0 {
			first = time.Now()
		}
		go func() {
			buffer := make([]byte, room)
			waiting.Add(1)
			for {
				length, err := conn.Read(buffer)
				if err != nil {
					return
				}
				conn.Write(buffer[:length])
			}
		}()
	}
	served := &served{told: told, answers: bufio.NewReader(answers), accepted: nsSince(first, count)}
	must(served.answer() == "connected\n", "another answer")
	for waiting.Load() < count {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	served.bytes = (resident() - before) / float64(count)
	return served
}

func (served *served) answer() string {
	line, err := served.answers.ReadString('\n')
	check(err)
	return line
}

// rounds lets each connection's bytes go there and back so often, all connections at once.
func (served *served) rounds(rounds uint64) (ns float64, sent, received uint64) {
	fmt.Fprintln(served.told, rounds)
	_, err := fmt.Sscan(served.answer(), &ns, &sent, &received)
	check(err)
	return
}

func echoServed(size, count uint64) float64 {
	served := accept(count, 4096)
	rounds := each(size, count)
	served.rounds(each(rounds, 10))
	ns, sent, received := served.rounds(rounds)
	must(sent == received, "bytes were lost")
	return ns / float64(rounds*count)
}
