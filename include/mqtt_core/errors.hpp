/*
 * mqtt_core/errors.hpp: what is thrown.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_ERRORS_HPP
#define MQTT_CORE_ERRORS_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace mqc {

/// A fault: of the caller, of the library, or of the bytes of a peer.
class error : public std::runtime_error {
  public:
    explicit error(mqc_status status)
        : std::runtime_error(mqc_status_name(status)), status_(status) {}

    error(mqc_status status, const mqc_decode_error &detail)
        : std::runtime_error(message(status, detail)), status_(status), detail_(detail) {}

    /// Which fault: `MQC_*`.
    mqc_status status() const noexcept { return status_; }

    /// Of an illegal packet: where, why, and what to answer.
    const std::optional<mqc_decode_error> &detail() const noexcept { return detail_; }

  protected:
    error(mqc_status status, const std::string &message)
        : std::runtime_error(message), status_(status) {}

  private:
    static std::string message(mqc_status status, const mqc_decode_error &detail) {
        std::string text = mqc_status_name(status);
        text += " at byte ";
        text += std::to_string(detail.offset);
        text += " (";
        text += mqc::text(detail.statement);
        text += ')';
        return text;
    }

    mqc_status status_;
    std::optional<mqc_decode_error> detail_;
};

/// A text that is no topic name, no filter, no pattern, or cannot be mapped.
class topic_error : public error {
  public:
    explicit topic_error(const mqc_topic_error &fault)
        : error(fault.kind, message(fault)), fault_(fault) {}

    /// Where, and which statement of the standard is broken.
    const mqc_topic_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_topic_error &fault) {
        return std::string(mqc_status_name(fault.kind)) + " at byte " +
               std::to_string(fault.offset);
    }

    mqc_topic_error fault_;
};

/// What a store gives back is not what a session told it.
class store_error : public error {
  public:
    explicit store_error(const mqc_store_error &fault)
        : error(fault.kind, message(fault)), fault_(fault) {}

    /// Where, and what was to come.
    const mqc_store_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_store_error &fault) {
        return std::string(mqc_status_name(fault.kind)) + " at byte " +
               std::to_string(fault.offset);
    }

    mqc_store_error fault_;
};

/// A rule of who may publish and subscribe to what is none.
class acl_error : public error {
  public:
    explicit acl_error(const mqc_acl_error &fault)
        : error(MQC_ERR_ACL, message(fault)), fault_(fault) {}

    /// Where, and what is wrong in words.
    const mqc_acl_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_acl_error &fault) {
        return "line " + std::to_string(fault.line) + ", column " + std::to_string(fault.column) +
               ": " + std::string(text({fault.text, fault.text_len}));
    }

    mqc_acl_error fault_;
};

/// A session does not take a command now, and nothing has changed.
class refused : public error {
  public:
    explicit refused(const mqc_refusal &refusal) : error(refusal.status), refusal_(refusal) {}

    /// What the peer does not take.
    const mqc_refusal &refusal() const noexcept { return refusal_; }

  private:
    mqc_refusal refusal_;
};

/// Throws an error for any status but `MQC_OK`.
inline void check(mqc_status status) {
    if (status != MQC_OK) {
        throw error(status);
    }
}

/// Throws if the library that runs does not go with the header that the program was compiled with.
inline void check_abi() {
    if (mqc_abi_version() != MQC_ABI_VERSION) {
        throw std::runtime_error(std::string("libmqtt_core ") + mqc_version_string() +
                                 " does not go with this program");
    }
}

namespace detail {

/// As check(), for functions that tell where a text is wrong.
inline void check_topic(mqc_status status, const mqc_topic_error &fault) {
    if (status != MQC_OK) {
        if (fault.kind == status) {
            throw topic_error(fault);
        }
        throw error(status);
    }
}

/// As check(), for functions that tell where a store is wrong.
inline void check_store(mqc_status status, const mqc_store_error &fault) {
    if (status != MQC_OK) {
        if (fault.kind == status) {
            throw store_error(fault);
        }
        throw error(status);
    }
}

} // namespace detail

} // namespace mqc

#endif // MQTT_CORE_ERRORS_HPP
