/* A client on POSIX sockets and poll, with the header for C++.
 *
 *     client sub HOST PORT FILTER [COUNT]      prints what comes, and ends after COUNT messages
 *     client pub HOST PORT TOPIC PAYLOAD       publishes with QoS 1, and ends when it has arrived
 *
 * The loop: 1 events are polled, 2 what there is to be sent goes out, 3 sleep until something
 * comes, something can be sent, or something is due, 4 what has come goes in. */
#include <mqtt_core.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace {

std::uint64_t now_ms() {
    using namespace std::chrono;
    const auto since = steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(duration_cast<milliseconds>(since).count());
}

[[noreturn]] void fail(const char *what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A TCP connection, closed at the end of its life.
class transport {
  public:
    transport(const char *host, const char *port) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo *found = nullptr;
        const int status = getaddrinfo(host, port, &hints, &found);
        if (status != 0) {
            throw std::runtime_error(gai_strerror(status));
        }
        const std::unique_ptr<addrinfo, void (*)(addrinfo *)> list(found, freeaddrinfo);
        for (const addrinfo *it = found; it != nullptr && fd_ < 0; it = it->ai_next) {
            fd_ = socket(it->ai_family, it->ai_socktype, it->ai_protocol);
            if (fd_ >= 0 && connect(fd_, it->ai_addr, it->ai_addrlen) != 0) {
                const int why = errno;
                close(fd_);
                fd_ = -1;
                errno = why;
            }
        }
        if (fd_ < 0) {
            fail("connect");
        }
        if (fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
            const int why = errno;
            close(fd_);
            errno = why;
            fail("fcntl");
        }
    }
    transport(const transport &) = delete;
    transport &operator=(const transport &) = delete;
    ~transport() { close(fd_); }

    int fd() const noexcept { return fd_; }

    /// Sends some of it; 0 if nothing can be sent now.
    std::size_t send_some(std::string_view data) {
#ifdef MSG_NOSIGNAL
        const ssize_t count = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
#else
        const ssize_t count = send(fd_, data.data(), data.size(), 0);
#endif
        return count >= 0 ? static_cast<std::size_t>(count) : blocked("send");
    }

    /// Fills the front of `data`; 0 if nothing has come, none at the end.
    std::optional<std::size_t> receive(char *data, std::size_t size) {
        const ssize_t count = recv(fd_, data, size, 0);
        if (count == 0) {
            return std::nullopt;
        }
        return count > 0 ? static_cast<std::size_t>(count) : blocked("recv");
    }

  private:
    static std::size_t blocked(const char *what) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            fail(what);
        }
        return 0;
    }

    int fd_ = -1;
};

/// What the command line asks for.
struct job {
    bool is_subscribe;
    std::string_view topic;
    std::string_view payload;
    /// Messages that are still to come.
    unsigned long left;
};

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

/// Answers an event; false if it is the end of the connection.
bool handle(mqc::client_session &session, const mqc::event &event, job &what) {
    if (event.is(MQC_EVENT_CONNECTED)) {
        if (what.is_subscribe) {
            if (!session.subscribe(now_ms(), mqc::subscription{what.topic, 1})) {
                throw std::runtime_error("there is no room for the first packet");
            }
        } else if (!session.publish(now_ms(), mqc::message(what.topic, what.payload, 1))) {
            throw std::runtime_error("there is no room for the first message");
        }
    } else if (event.is(MQC_EVENT_SUBSCRIBED)) {
        if (event.subscribed().reason_codes.data[0] >= 0x80) {
            throw std::runtime_error("the server does not let this client subscribe");
        }
        std::puts("subscribed");
        std::fflush(stdout);
    } else if (event.is(MQC_EVENT_MESSAGE) && what.left > 0) {
        const mqc_publish &message = event.message().publish;
        print(mqc::text(message.topic));
        print(" ");
        print(mqc::text(message.payload));
        print("\n");
        std::fflush(stdout);
        if (--what.left == 0) {
            session.quiesce(now_ms());
        }
    } else if (event.is(MQC_EVENT_PUBLISHED)) {
        const std::uint8_t code = event.published().reason_code;
        if (code >= 0x80) {
            throw std::runtime_error(
                std::string(mqc::reason_code_name(code, MQC_PACKET_PUBACK, MQC_VERSION_V5)));
        }
        session.disconnect(now_ms());
    } else if (event.is(MQC_EVENT_CLOSED)) {
        if (event.closed().reason != MQC_CLOSE_LOCAL) {
            throw std::runtime_error("the connection has ended, reason " +
                                     std::to_string(event.closed().reason) + ", code " +
                                     std::to_string(int(event.closed().reason_code)));
        }
        return false;
    }
    return true;
}

/// How long to sleep, in milliseconds, for poll.
int sleep_for(const mqc::client_session &session) {
    const auto until = session.poll_timeout();
    if (!until) {
        return -1;
    }
    const std::uint64_t now = now_ms();
    return *until <= now ? 0 : int(std::min<std::uint64_t>(*until - now, INT_MAX));
}

void run(transport &peer, job what) {
    mqc::client_session session;
    session.connect(now_ms(), mqc::connect_as(""));
    bool is_open = true;
    while (is_open || !session.transmit_peek().empty()) {
        while (const auto event = session.poll_event()) {
            is_open = handle(session, *event, what) && is_open;
        }
        bool is_full = false;
        while (!is_full && !session.transmit_peek().empty()) {
            const std::size_t count = peer.send_some(session.transmit_peek());
            session.transmit_advance(count);
            is_full = count == 0;
        }
        if (!is_open && !is_full) {
            continue;
        }
        pollfd place{};
        place.fd = peer.fd();
        // 0 bytes are wanted as long as what waits to be sent is too much.
        const std::size_t wanted = session.wants_input();
        place.events = short((wanted > 0 ? POLLIN : 0) | (is_full ? POLLOUT : 0));
        if (poll(&place, 1, sleep_for(session)) < 0 && errno != EINTR) {
            fail("poll");
        }
        char data[4096];
        if ((place.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && wanted > 0) {
            const auto count = peer.receive(data, std::min(sizeof data, wanted));
            if (!count) {
                session.handle_eof(now_ms());
            } else if (session.handle_input(now_ms(), {data, *count}) != *count) {
                throw std::logic_error("what was wanted is not taken");
            }
        }
        session.handle_timeout(now_ms());
    }
}

} // namespace

int main(int argc, char **argv) {
    const std::string_view verb = argc > 1 ? argv[1] : "";
    const bool is_subscribe = verb == "sub" && (argc == 5 || argc == 6);
    if (!is_subscribe && !(verb == "pub" && argc == 6)) {
        std::fputs("client sub HOST PORT FILTER [COUNT] | client pub HOST PORT TOPIC PAYLOAD\n",
                   stderr);
        return 2;
    }
    try {
        mqc::check_abi();
        job what{is_subscribe, argv[4], "", ULONG_MAX};
        if (!is_subscribe) {
            what.payload = argv[5];
        } else if (argc == 6) {
            what.left = std::max(1UL, std::strtoul(argv[5], nullptr, 10));
        }
        transport peer(argv[2], argv[3]);
        run(peer, what);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "client: %s\n", error.what());
        return 1;
    }
    return 0;
}
