using System.Globalization;
using Aldis.Journal.Embedded;
using Aldis.Services.Events;
using Aldis.Services.Messages;

namespace Aldis.Cli.Terminal;

/// <summary>What became of segments and why, in words.</summary>
internal static class RetentionEvents
{
    /// <summary>A segment was deleted.</summary>
    public static ServiceEvent Of(in SegmentDeletion deletion)
    {
        string why = deletion.Reason == RetentionReason.Age
            ? string.Create(
                CultureInfo.InvariantCulture, $"its newest message is {deletion.Age.TotalDays:0.00} days old, more than --retain-age")
            : "the journal was larger than --retain-size";
        return new ServiceEvent(ServiceEventKind.SegmentDeleted, MessagesConversation.Name, string.Empty)
        {
            Length = deletion.Bytes,
            Cause = deletion.Reason == RetentionReason.Age ? ServiceEventCause.RetainAge : ServiceEventCause.RetainSize,
            Detail = string.Create(CultureInfo.InvariantCulture, $"segment {deletion.Segment}: {why}"),
        };
    }

    /// <summary>The next segment could not be begun.</summary>
    public static ServiceEvent OfPostponedRotation() => new(ServiceEventKind.Fault, MessagesConversation.Name, string.Empty)
    {
        Cause = ServiceEventCause.DescriptorLimit,
        Detail = "the journal has no file descriptor for its next segment and goes on in the present one; raise the limit of the process "
            + "('ulimit -n')",
    };

    /// <summary>A client was forgotten.</summary>
    public static ServiceEvent Of(in ClientForgotten forgotten) =>
        new(ServiceEventKind.ClientForgotten, MessagesConversation.Name, string.Empty)
        {
            Client = forgotten.Client,
            Sequence = forgotten.Last,
            Cause = ServiceEventCause.ForgetAge,
            Detail = string.Create(
                CultureInfo.InvariantCulture,
                $"it was not seen for {forgotten.Age.TotalDays:0.00} days, longer than --forget-clients, and none of its messages is left"),
        };

    /// <summary>The wall clock has jumped.</summary>
    public static ServiceEvent Of(TimeSpan jump) => new(ServiceEventKind.ClockJumped, MessagesConversation.Name, string.Empty)
    {
        Cause = jump > TimeSpan.Zero ? ServiceEventCause.ClockAhead : ServiceEventCause.ClockBack,
        Detail = string.Create(
            CultureInfo.InvariantCulture,
            $"it went {(jump > TimeSpan.Zero ? "ahead" : "back")} by {jump.Duration().TotalSeconds:0} s; "
                + $"no message is the older for it, and for an hour none is deleted by age"),
    };
}
