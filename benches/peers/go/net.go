package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func dial(count uint64, address string) []net.Conn {
	conns := make([]net.Conn, count)
	for number := range conns {
		conn, err := net.Dial("tcp", address)
		check(err)
		conns[number] = conn
	}
	return conns
}

func echo(size, count uint64) float64 {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 4096)
				for {
					length, err := conn.Read(buffer)
					if err != nil {
						return
					}
					conn.Write(buffer[:length])
				}
			}()
		}
	}()
	return talk(size, dial(count, listener.Addr().String()), func(conn net.Conn, per uint64) {
		there, back := make([]byte, 64), make([]byte, 64)
		for range per {
			_, err := conn.Write(there)
			check(err)
			_, err = io.ReadFull(conn, back)
			check(err)
		}
	})
}

func overHTTP(size, count uint64) float64 {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	body := []byte("hello")
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(body)
	})}
	go server.Serve(listener)
	defer server.Close()
	return talk(size, dial(count, listener.Addr().String()), func(conn net.Conn, per uint64) {
		request := []byte("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
		buffer := make([]byte, 1024)
		for range per {
			_, err := conn.Write(request)
			check(err)
			length := 0
			for !bytes.HasSuffix(buffer[:length], body) {
				more, err := conn.Read(buffer[length:])
				check(err)
				length += more
			}
			must(bytes.HasPrefix(buffer, []byte("HTTP/1.1 200")), "another answer")
		}
	})
}

// talk lets each connection be used so often by a task of its own.
func talk(size uint64, conns []net.Conn, use func(net.Conn, uint64)) float64 {
	per := each(size, uint64(len(conns)))
	start := time.Now()
	var all sync.WaitGroup
	for _, conn := range conns {
		all.Go(func() { use(conn, per) })
	}
	all.Wait()
	ns := nsSince(start, per*uint64(len(conns)))
	for _, conn := range conns {
		conn.Close()
	}
	return ns
}
