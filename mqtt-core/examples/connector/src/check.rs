//! Is the broker there, and are we let in?

use crate::config::Config;
use mqc_client::service::{ANSWER, leave, subscribe};
use mqc_client::{Client, Filter, Options};
use tokio::time::timeout;

/// Connects and subscribes, and says what is granted.
pub(crate) async fn check(config: &Config) -> Result<(), String> {
    let options = Options { reconnect: None, ..config.options_aside("check") };
    let (client, _messages) = Client::connect(options).await.map_err(|error| error.to_string())?;
    let filters = config.filters();
    let granted = timeout(ANSWER, subscribe(&client, config.mqtt_version, filters.clone())).await;
    let granted = granted.map_err(|_| "the broker does not answer SUBSCRIBE".to_owned())??;
    println!("ok: connected to {}", config.broker_url);
    for (Filter { filter, options }, code) in filters.iter().zip(granted) {
        let wish = options.qos as u8;
        let less = if code.0 < wish { format!(" instead of {wish}") } else { String::new() };
        println!("ok: {filter} with QoS {}{less}", code.0);
    }
    leave(&client).await;
    Ok(())
}
