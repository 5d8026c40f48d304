//! What monitoring reads.

use std::sync::atomic::Ordering;

use keyroom_relay::{Config, MetricsFor};

use crate::support::Relay;

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let relay = Relay::in_memory().await;
    assert_eq!(relay.request("GET /healthz HTTP/1.1", b"").await.status, 200);
    assert_eq!(relay.request("GET /readyz HTTP/1.1", b"").await.status, 200);
    relay.ready.store(false, Ordering::Relaxed);
    assert_eq!(relay.request("GET /readyz HTTP/1.1", b"").await.status, 503);
    assert_eq!(relay.request("GET /healthz HTTP/1.1", b"").await.status, 200);
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_cannot_be_done_405() {
    let relay = Relay::in_memory().await;
    for path in ["/", "/v1", "/v1/link/", "/v1/blobs", "/metrics/x", "/../etc/passwd"] {
        let status = relay.request(&format!("GET {path} HTTP/1.1"), b"").await.status;
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    assert_eq!(relay.request("POST /healthz HTTP/1.1", b"").await.status, 405);
    assert_eq!(relay.request("POST /v1/link HTTP/1.1", b"").await.status, 405);
    let plain = relay.request("GET /v1/link HTTP/1.1", b"").await;
    assert_eq!((plain.status, plain.header("upgrade")), (426, Some("websocket")));
}

#[tokio::test]
async fn metrics_count_and_name_nobody() {
    let relay = Relay::in_memory().await;
    let _link = relay.link().await;
    let page = relay.request("GET /metrics HTTP/1.1", b"").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("keyroom_links 1"), "{}", page.text());
    assert!(page.text().contains("keyroom_http_requests_total{route=\"link\",status=\"101\"} 1"));
    assert!(!page.text().contains("127.0.0.1"));
}

#[tokio::test]
async fn metrics_are_for_those_whom_the_configuration_names() {
    let relay = Relay::in_memory().await;
    let passed_on = relay.request("GET /metrics HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1", b"").await;
    assert_eq!(passed_on.status, 404, "a proxy on this computer speaks for somebody else");
    let off = Relay::start(Config { memory: true, metrics: MetricsFor::Off, ..Config::default() }).await;
    assert_eq!(off.request("GET /metrics HTTP/1.1", b"").await.status, 404);
    let open =
        Relay::start(Config { memory: true, metrics: MetricsFor::Everyone, ..Config::default() }).await;
    let passed_on = open.request("GET /metrics HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1", b"").await;
    assert_eq!(passed_on.status, 200);
}
