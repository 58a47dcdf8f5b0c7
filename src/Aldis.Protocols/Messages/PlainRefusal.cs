namespace Aldis.Protocols.Messages;

/// <summary>Why a plain header is refused (docs/protocols/messages.md section 2.3).</summary>
internal enum PlainRefusal
{
    /// <summary>It is not refused.</summary>
    None,

    /// <summary>The header does not begin with a digit.</summary>
    NotDigits,

    /// <summary>The header begins with <c>+</c> or <c>-</c>.</summary>
    Sign,

    /// <summary>The digits are followed by NUL, not by spaces.</summary>
    NulPadding,

    /// <summary>The digits are followed by something other than spaces.</summary>
    NotPadded,

    /// <summary>The number has more than 19 digits after its leading zeros.</summary>
    TooManyDigits,

    /// <summary>The length is more than the limit of this side.</summary>
    OverLimit,
}
