//! The endpoint, asked by real clients: polite, slow, half-open, too many.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime};

use wakeful_diagnostics::{Class, Endpoint, Finding, FindingId, FindingKind, Server, serve};

fn server() -> Server {
    serve("127.0.0.1:0").expect("a port is free")
}

/// Sends bytes and reads to the end.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    read_all(stream).expect("it answers")
}

fn read_all(mut stream: TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn get(server: &Server, path: &str) -> (String, String) {
    let text = exchange(
        server.local_addr(),
        &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"),
    );
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}

fn head_of(status: &str, headers: &[&str]) -> String {
    let mut head = format!("HTTP/1.1 {status}");
    for header in headers {
        head.push_str("\r\n");
        head.push_str(header);
    }
    head
}

const TEXT: &str = "Content-Type: text/plain; charset=utf-8";
const NOSNIFF: &str = "X-Content-Type-Options: nosniff";
const CLOSE: &str = "Connection: close";

#[test]
fn the_index_lists_the_profiles() {
    let (head, body) = get(&server(), "/debug/pprof/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
    assert!(body.contains("<a href='goroutine?debug=1'>goroutine</a>"), "{body}");
    assert!(body.contains("<a href=\"goroutine?debug=2\">"), "{body}");
}

#[test]
fn tasks_are_shown_counted_and_in_full() {
    let server = server();
    let (head, body) = get(&server, "/debug/pprof/goroutine?debug=1");
    assert_eq!(
        head,
        head_of("200 OK", &[TEXT, NOSNIFF, &format!("Content-Length: {}", body.len()), CLOSE])
    );
    assert!(body.starts_with("goroutine profile: total "), "{body}");
    for path in ["/debug/pprof/goroutine?debug=2", "/debug/tasks"] {
        let (_, body) = get(&server, path);
        assert!(body.ends_with(" waiting\n"), "{body}");
    }
}

#[test]
fn tasks_that_leaked_are_shown_as_go_shows_them() {
    let server = server();
    let (_, body) = get(&server, "/debug/pprof/goroutineleak?debug=1");
    assert!(body.starts_with("goroutineleak profile: total "), "{body}");
    let (_, body) = get(&server, "/debug/pprof/goroutineleak?debug=2");
    assert!(body.ends_with(" waiting\n"), "{body}");
}

#[test]
fn findings_are_shown_as_they_were_told() {
    let fault = Finding {
        id: FindingId::of(FindingKind::Misuse, ["shown at the endpoint".to_owned()]),
        kind: FindingKind::Misuse,
        class: Class::Hint,
        headline: "shown at the endpoint".to_owned(),
        subjects: Vec::new(),
        evidence: Vec::new(),
        fix: None,
        since: SystemTime::now(),
    };
    wakeful_diagnostics::record(&fault);
    let (_, body) = get(&server(), "/debug/findings");
    assert!(body.contains("cause: shown at the endpoint\n"), "{body}");
}

#[test]
fn errors_have_the_shape_that_pprof_shows_to_its_user() {
    let server = server();
    let seconds = "invalid value for \"seconds\" - must be a positive integer\n";
    for (path, status, says) in [
        ("/debug/pprof/nosuch", "404 Not Found", "Unknown profile\n"),
        ("/debug/pprof/heap", "404 Not Found", "Unknown profile\n"),
        ("/debug/pprof/goroutine?seconds=0", "400 Bad Request", seconds),
        ("/debug/pprof/mutex?seconds=x", "400 Bad Request", seconds),
        (
            "/debug/pprof/block?seconds=1&debug=1",
            "400 Bad Request",
            "seconds and debug params are incompatible\n",
        ),
    ] {
        let (head, body) = get(&server, path);
        let length = format!("Content-Length: {}", says.len());
        let expected = head_of(status, &[TEXT, NOSNIFF, "X-Go-Pprof: 1", &length, CLOSE]);
        assert_eq!((head.as_str(), body.as_str()), (expected.as_str(), says));
    }
    assert!(get(&server, "/").0.starts_with("HTTP/1.1 404 Not Found"));
}

#[test]
fn a_profile_for_tools_is_sent_as_a_file_or_the_feature_is_named() {
    let server = server();
    for name in ["goroutine", "goroutineleak", "block", "mutex"] {
        let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
        let request = format!("GET /debug/pprof/{name} HTTP/1.1\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]);
        let body = &answer[end + 4..];
        let length = format!("Content-Length: {}", body.len());
        if cfg!(feature = "pprof") {
            let disposition = format!("Content-Disposition: attachment; filename=\"{name}\"");
            let kind = "Content-Type: application/octet-stream";
            assert_eq!(head, head_of("200 OK", &[kind, NOSNIFF, &disposition, &length, CLOSE]));
            assert!(body.starts_with(&[0x1f, 0x8b]), "{name} is compressed");
        } else {
            assert!(head.starts_with("HTTP/1.1 501 Not Implemented\r\n"), "{head}");
            let text = String::from_utf8_lossy(body);
            assert!(text.contains("feature `pprof`"), "{text}");
        }
    }
}

#[test]
fn waits_are_told_as_text_in_gos_form() {
    let server = server();
    let (_, body) = get(&server, "/debug/pprof/block?debug=1");
    assert!(body.starts_with("--- contention:\ncycles/second=1000000000\n"), "{body}");
    let (_, body) = get(&server, "/debug/pprof/mutex?debug=1");
    let start = "--- mutex:\ncycles/second=1000000000\nsampling period=0\n";
    assert!(body.starts_with(start), "{body}");
}

#[test]
#[cfg(feature = "pprof")]
fn who_waits_for_a_difference_keeps_nobody_waiting_and_may_leave() {
    let server = server();
    let ask = || {
        let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
        let request = b"GET /debug/pprof/goroutine?seconds=3600 HTTP/1.1\r\n\r\n";
        stream.write_all(request).expect("it reads");
        stream
    };
    let refused = |answer: &str| answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n");
    // Ten may wait at a time, whichever of these come first; all the others are told at once.
    let mut waiting: Vec<TcpStream> = (0..12).map(|_| ask()).collect();
    let start = Instant::now();
    let mut told = 0;
    while told < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "{told} were refused");
        waiting.retain_mut(|stream| {
            stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket option");
            let mut bytes = [0; 512];
            let count = stream.read(&mut bytes).unwrap_or(0);
            let answer = String::from_utf8_lossy(&bytes[..count]);
            assert!(count == 0 || refused(&answer), "{answer}");
            told += usize::from(count > 0);
            count == 0
        });
    }
    assert!(get(&server, "/debug/pprof/goroutine?debug=1").0.starts_with("HTTP/1.1 200 OK"));
    waiting.clear();
    // They are gone: their places are free.
    let start = Instant::now();
    let place_again = || {
        let (head, _) = get(&server, "/debug/pprof/cmdline");
        let mut stream = ask();
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket option");
        head.starts_with("HTTP/1.1 200") && stream.read(&mut [0; 1]).is_err()
    };
    while !place_again() {
        assert!(start.elapsed() < Duration::from_secs(60), "nobody left");
    }
}

#[test]
fn symbols_are_told_for_addresses_in_the_query_and_in_a_body() {
    let server = server();
    let (_, body) = get(&server, "/debug/pprof/symbol?0x1+0x2");
    assert_eq!(body, "num_symbols: 1\n");
    let post = "POST /debug/pprof/symbol HTTP/1.1\r\nContent-Length: 7\r\n\r\n0x1+0x2";
    let text = exchange(server.local_addr(), post);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nnum_symbols: 1\n"), "{text}");
    let large = "POST /debug/pprof/symbol HTTP/1.1\r\nContent-Length: 70000\r\n\r\n";
    let text = exchange(server.local_addr(), large);
    assert!(text.starts_with("HTTP/1.1 413 Content Too Large\r\n"), "{text}");
}

#[test]
fn the_path_without_its_slash_leads_to_the_index() {
    let (head, _) = get(&server(), "/debug/pprof?debug=1");
    assert!(head.starts_with("HTTP/1.1 307 Temporary Redirect\r\n"), "{head}");
    assert!(head.contains("\r\nLocation: /debug/pprof/?debug=1\r\n"), "{head}");
}

#[test]
fn the_command_line_is_separated_by_nul() {
    let (_, body) = get(&server(), "/debug/pprof/cmdline");
    let words: Vec<String> = std::env::args().collect();
    assert_eq!(body.split('\0').collect::<Vec<_>>(), words);
}

#[test]
fn head_tells_the_length_and_sends_nothing() {
    let server = server();
    let text = exchange(server.local_addr(), "HEAD /debug/pprof/ HTTP/1.0\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    assert!(!text.contains("Content-Length: 0"));
}

#[test]
fn other_methods_are_told_which_are_allowed() {
    let server = server();
    let post = "POST /debug/pprof/goroutine HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
    let text = exchange(server.local_addr(), post);
    assert!(text.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{text}");
    assert!(text.contains("\r\nAllow: GET, HEAD\r\n"), "{text}");
}

#[test]
fn what_is_no_request_is_refused() {
    let server = server();
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(10_000));
    for (request, status) in [
        ("hello\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/2.0\r\n\r\n", "505 HTTP Version Not Supported"),
        (long.as_str(), "431 Request Header Fields Too Large"),
    ] {
        let text = exchange(server.local_addr(), request);
        assert!(text.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{text}");
    }
}

#[test]
fn a_request_in_single_bytes_is_answered_and_half_of_one_times_out() {
    let server = server();
    let mut half = TcpStream::connect(server.local_addr()).expect("it listens");
    half.write_all(b"GET /debug").expect("it reads");
    let mut slow = TcpStream::connect(server.local_addr()).expect("it listens");
    slow.set_nodelay(true).expect("a socket option");
    for byte in b"GET /debug/pprof/cmdline HTTP/1.1\r\n\r\n" {
        slow.write_all(&[*byte]).expect("it reads");
    }
    assert!(read_all(slow).expect("it answers").starts_with("HTTP/1.1 200 OK"));
    assert!(read_all(half).expect("it answers").starts_with("HTTP/1.1 408 Request Timeout"));
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() {
    let server = server();
    let connect = || TcpStream::connect(server.local_addr()).expect("it listens");
    let idle: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    // Those that came a moment ago may be about to ask, and are left that moment.
    let start = Instant::now();
    loop {
        let (head, body) = get(&server, "/debug/health");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}{body}");
        let (head, body) = get(&server, "/debug/pprof/cmdline");
        if head.starts_with("HTTP/1.1 200 ") {
            break;
        }
        assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
        assert!(head.contains("\r\nRetry-After: 5\r\n"), "{head}");
        assert_eq!(body, "20 connections are open; close some, or try again in 5 s\n");
        assert!(start.elapsed() < Duration::from_secs(60), "nobody left");
    }
    drop(idle);
}

#[test]
fn a_server_that_is_dropped_frees_its_port() {
    // Linux has a loopback network; nobody else uses this address of it, so nobody takes the port.
    let own = if cfg!(target_os = "linux") { "127.0.0.9:0" } else { "127.0.0.1:0" };
    let server = serve(own).expect("a port is free");
    let address = server.local_addr();
    let again = serve(&address.to_string()).expect_err("the port is in use");
    assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
    let text = again.to_string();
    assert!(text.contains(&address.to_string()) && text.contains("choose another port"), "{text}");
    drop(server);
    assert!(TcpStream::connect(address).is_err());
    serve("127.0.0.1:0").expect("a port is free").detach();
    let wrong = serve(":6060 ").expect_err("no address");
    assert!(wrong.to_string().starts_with("diagnostics::serve: cannot listen at :6060 : "));
}

fn get_with(server: &Server, path: &str, header: &str) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");
    let text = exchange(server.local_addr(), &request);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}

#[test]
fn a_browser_gets_a_page_and_curl_gets_text() {
    let server = server();
    let browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";
    let (head, body) = get_with(&server, "/debug/tasks", browser);
    assert!(head.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"), "{head}");
    let nonce = head.split_once("script-src 'nonce-").expect("a policy").1;
    let (nonce, _) = nonce.split_once('\'').expect("its end");
    assert_eq!(nonce.len(), 32);
    assert!(body.contains(&format!("<script nonce=\"{nonce}\">")), "{body}");
    let again = get_with(&server, "/debug/tasks", browser).0;
    assert!(!again.contains(nonce), "a nonce is used once");
    for header in ["Accept: */*", "X: y"] {
        let (head, body) = get_with(&server, "/debug/tasks", header);
        assert!(head.contains("text/plain") && body.ends_with(" waiting\n"), "{head} {body}");
    }
}

#[test]
fn health_and_metrics_are_told() {
    let server = server();
    let (head, body) = get(&server, "/debug/health");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head} {body}");
    assert_eq!(body, "ok\n");
    let (head, body) = get(&server, "/metrics");
    assert!(head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(body.contains("\nwakeful_info{version=\""), "{body}");
}

#[test]
fn findings_are_there_for_machines() {
    let (head, body) = get(&server(), "/debug/findings.json");
    assert!(head.contains("\r\nContent-Type: application/json\r\n"), "{head}");
    let found: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
    assert!(found.is_array());
}

#[cfg(not(feature = "json"))]
#[test]
fn tasks_for_machines_need_a_feature_which_is_named() {
    let (head, body) = get(&server(), "/debug/tasks.json");
    assert!(head.starts_with("HTTP/1.1 501 Not Implemented\r\n"), "{head}");
    assert!(body.contains("feature `json`"), "{body}");
}

#[cfg(feature = "json")]
#[test]
fn tasks_are_there_for_machines() {
    let server = server();
    let (head, body) = get(&server, "/debug/tasks.json");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let told: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
    assert!(told["tasks"].is_array() && told["resources"].is_array());
    let head = exchange(server.local_addr(), "HEAD /debug/tasks.json HTTP/1.1\r\n\r\n");
    assert!(head.ends_with("\r\n\r\n") && !head.contains("Content-Length"), "{head}");
}

#[test]
fn without_the_token_nothing_is_told_but_how_it_is() {
    let server = Endpoint::at("127.0.0.1:0").token("s3cret").serve().expect("a port is free");
    let paths =
        ["/debug/tasks", "/debug/tasks.json", "/debug/findings", "/metrics", "/debug/pprof/", "/"];
    for path in paths {
        for header in ["X: y", "Authorization: Bearer wrong", "Authorization: s3cret"] {
            let (head, body) = get_with(&server, path, header);
            assert!(head.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{path}: {head}");
            assert!(head.contains("\r\nWWW-Authenticate: Bearer realm=\"wakeful\"\r\n"), "{head}");
            assert!(body.contains("send the header `Authorization: Bearer TOKEN`"), "{body}");
        }
    }
    let right = get_with(&server, "/debug/tasks", "Authorization: Bearer s3cret");
    assert!(right.0.starts_with("HTTP/1.1 200 OK\r\n"), "{}", right.0);
    assert_eq!(get(&server, "/debug/health").1, "ok\n");
    let text = format!("{:?}", Endpoint::at("127.0.0.1:0").token("s3cret"));
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_token_comes_from_a_file_too() {
    let path = std::env::temp_dir().join(format!("wakeful-token-{}", std::process::id()));
    std::fs::write(&path, "from-a-file\n").expect("the folder can be written");
    let server = Endpoint::at("127.0.0.1:0").token_file(&path).serve().expect("a port is free");
    let (head, _) = get_with(&server, "/metrics", "Authorization: Bearer from-a-file");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    std::fs::write(&path, "two words").expect("the file can be written");
    let error = Endpoint::at("127.0.0.1:0").token_file(&path).serve().expect_err("no token");
    std::fs::remove_file(&path).expect("it is there");
    assert!(!error.to_string().contains("two words"), "{error}");
    let error = Endpoint::at("127.0.0.1:0").token("").serve().expect_err("no token");
    assert!(error.to_string().contains("Endpoint::token: a token is one word"), "{error}");
}

#[test]
fn noise_is_answered_or_cut_off_and_the_next_client_is_served() {
    let server = server();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..40 {
        let mut noise = Vec::new();
        for _ in 0..300 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            noise.extend(state.to_le_bytes());
        }
        noise.extend(b"\r\n\r\n");
        let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
        let _ = stream.write_all(&noise);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{answer:?}");
    }
    assert_eq!(get(&server, "/debug/health").1, "ok\n");
}
