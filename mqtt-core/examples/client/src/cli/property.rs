//! `-D`: properties of MQTT 5.0.

use crate::{Authentication, Message, Options};
use bytes::Bytes;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use core::fmt;
use core::str::FromStr;
use mqtt_core::{PacketType, PropertyId};

/// Where a property goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Connect,
    Will,
    Publish,
    Subscribe,
    Unsubscribe,
    Disconnect,
}

impl Place {
    const ALL: [(&'static str, Self); 6] = [
        ("connect", Self::Connect),
        ("will", Self::Will),
        ("publish", Self::Publish),
        ("subscribe", Self::Subscribe),
        ("unsubscribe", Self::Unsubscribe),
        ("disconnect", Self::Disconnect),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, place)| *place == self).map_or("", |(name, _)| name)
    }

    fn allows(self, id: PropertyId) -> bool {
        match self {
            Self::Will => id.is_allowed_in_will(),
            Self::Connect => id.is_allowed_in(PacketType::Connect),
            Self::Publish => id.is_allowed_in(PacketType::Publish),
            Self::Subscribe => id.is_allowed_in(PacketType::Subscribe),
            Self::Unsubscribe => id.is_allowed_in(PacketType::Unsubscribe),
            Self::Disconnect => id.is_allowed_in(PacketType::Disconnect),
        }
    }
}

/// One `-D`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Definition {
    place: Place,
    id: PropertyId,
    /// Of a user property.
    name: String,
    value: String,
}

/// All `-D` of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definitions(Vec<Definition>);

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-D {} {}", self.place.name(), spelled(self.id))
    }
}

/// As people write it: with hyphens.
fn spelled(id: PropertyId) -> String {
    id.name().replace('_', "-")
}

impl Definition {
    fn read(words: &[&str]) -> Result<Self, String> {
        let [packet, property, values @ ..] = words else {
            return Err("-D takes a packet, a property and its value".to_owned());
        };
        let wanted = packet.to_ascii_lowercase();
        let found = Place::ALL.iter().find(|(name, _)| *name == wanted);
        let &(_, place) = found.ok_or_else(|| {
            let names = Place::ALL.map(|(name, _)| name).join(", ");
            format!("-D {packet}: not one of {names}")
        })?;
        let found = PropertyId::ALL.iter().find(|id| spelled(**id) == *property);
        let &id =
            found.ok_or_else(|| format!("-D {packet} {property}: there is no such property"))?;
        let (name, value) = match (id, values) {
            (PropertyId::UserProperty, [name, value]) => (*name, *value),
            (PropertyId::UserProperty, _) => {
                return Err(format!("-D {packet} {property}: takes a name and a value"));
            }
            (_, [value]) => ("", *value),
            _ => return Err(format!("-D {packet} {property}: takes one value")),
        };
        let own = Self { place, id, name: name.to_owned(), value: value.to_owned() };
        match place.allows(id) {
            true => Ok(own),
            false => Err(format!("{own}: {} has no such property", place.name().to_uppercase())),
        }
    }

    fn number<T: FromStr>(&self) -> Result<T, String> {
        self.value.parse().map_err(|_| format!("{self} {:?}: not a number that fits", self.value))
    }

    fn pair(&self) -> (String, String) {
        (self.name.clone(), self.value.clone())
    }

    fn impossible(&self) -> String {
        match self.id {
            PropertyId::TopicAlias => format!("{self}: the client chooses topic aliases by itself"),
            _ => format!("{self}: the client does not send this"),
        }
    }
}

impl Definitions {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Turns away what has no place in a program.
    pub(crate) fn only(&self, places: &[Place]) -> Result<(), String> {
        match self.0.iter().find(|definition| !places.contains(&definition.place)) {
            Some(definition) => Err(definition.impossible()),
            None => Ok(()),
        }
    }

    fn of(&self, place: Place) -> impl Iterator<Item = &Definition> {
        self.0.iter().filter(move |definition| definition.place == place)
    }

    /// Writes those of CONNECT and of the will, which is there if they are.
    pub(crate) fn apply_to_options(&self, options: &mut Options) -> Result<(), String> {
        let (mut method, mut data) = (None, None);
        for definition in self.of(Place::Connect) {
            match definition.id {
                PropertyId::AuthenticationMethod => method = Some(&definition.value),
                PropertyId::AuthenticationData => data = Some(definition),
                PropertyId::SessionExpiryInterval => {
                    options.session_expiry = definition.number()?;
                }
                PropertyId::ReceiveMaximum => options.receive_maximum = Some(definition.number()?),
                PropertyId::MaximumPacketSize => options.max_packet_size = definition.number()?,
                PropertyId::TopicAliasMaximum => {
                    options.topic_alias_maximum = definition.number()?;
                }
                PropertyId::UserProperty => options.user_properties.push(definition.pair()),
                _ => return Err(definition.impossible()),
            }
        }
        options.authentication = match (method, data) {
            (Some(method), data) => {
                let data = data.map(|definition| definition.value.as_bytes()).unwrap_or_default();
                Some(Authentication::in_one_step(method, data))
            }
            (None, Some(data)) => return Err(format!("{data}: there is no authentication-method")),
            (None, None) => None,
        };
        for definition in self.of(Place::Will) {
            let Some(will) = &mut options.will else {
                return Err(format!("{definition}: there is no --will-topic"));
            };
            match definition.id {
                PropertyId::WillDelayInterval => options.will_delay = definition.number()?,
                _ => apply(definition, will)?,
            }
        }
        Ok(())
    }

    /// Writes those of PUBLISH.
    pub(crate) fn apply_to_message(&self, message: &mut Message) -> Result<(), String> {
        self.of(Place::Publish).try_for_each(|definition| apply(definition, message))
    }

    /// The one that SUBSCRIBE can have here.
    pub(crate) fn subscription_identifier(&self) -> Result<Option<u32>, String> {
        let mut identifier = None;
        for definition in self.of(Place::Subscribe) {
            match definition.id {
                PropertyId::SubscriptionIdentifier => identifier = Some(definition.number()?),
                _ => return Err(definition.impossible()),
            }
        }
        Ok(identifier)
    }
}

/// Writes one of a message or a will.
fn apply(definition: &Definition, message: &mut Message) -> Result<(), String> {
    let value = &definition.value;
    let own = message.properties_mut();
    match definition.id {
        PropertyId::PayloadFormatIndicator => own.payload_format = Some(definition.number()?),
        PropertyId::MessageExpiryInterval => own.message_expiry = Some(definition.number()?),
        PropertyId::ContentType => own.content_type = Some(value.clone()),
        PropertyId::ResponseTopic => own.response_topic = Some(value.clone()),
        PropertyId::CorrelationData => {
            own.correlation_data = Some(Bytes::copy_from_slice(value.as_bytes()));
        }
        PropertyId::UserProperty => own.user_properties.push(definition.pair()),
        _ => return Err(definition.impossible()),
    }
    Ok(())
}

const ID: &str = "property";

impl FromArgMatches for Definitions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut all = Self::default();
        all.update_from_arg_matches(matches)?;
        Ok(all)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for words in matches.get_occurrences::<String>(ID).into_iter().flatten() {
            let words: Vec<&str> = words.map(String::as_str).collect();
            let definition = Definition::read(&words);
            self.0.push(
                definition
                    .map_err(|why| clap::Error::raw(clap::error::ErrorKind::InvalidValue, why))?,
            );
        }
        Ok(())
    }
}

impl Args for Definitions {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(ID)
                .short('D')
                .long(ID)
                .num_args(3..=4)
                .allow_negative_numbers(true)
                .value_parser(value_parser!(String))
                .action(ArgAction::Append)
                .value_name("WORD")
                .help_heading("MQTT 5.0")
                .help("A property: packet (connect, will, publish, subscribe), name, value"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
