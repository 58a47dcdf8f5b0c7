using Aldis.Postgres;
using Aldis.Services.Events;
using Aldis.Services.Messages;

namespace Aldis.Cli.Terminal;

/// <summary>What became of the way to a database, as an event.</summary>
internal static class StoreEvents
{
    /// <summary>It takes messages, or none for now.</summary>
    public static ServiceEvent Of(in StoreNews news) =>
        new(news.IsReady ? ServiceEventKind.StoreReady : ServiceEventKind.StoreUnavailable, MessagesConversation.Name, string.Empty)
        {
            Cause = news.IsReady ? ServiceEventCause.None : ServiceEventCause.StoreUnavailable,
            Detail = news.Sentence,
        };
}
