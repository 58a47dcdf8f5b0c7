using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>The database in which messages are kept, with other servers.</summary>
/// <param name="Level">The least an acknowledgement means: <c>durable</c> or <c>replicated</c>.</param>
/// <param name="Problem">Why it takes nothing for now, a sentence without its full stop; null while it does.</param>
/// <param name="Host">The node that writes; null while none answers, and so are the others.</param>
/// <param name="WaitsForStandbys">Whether commits wait for a standby.</param>
/// <param name="Standbys">How many standbys they can wait for are there.</param>
/// <param name="LagBytes">How much of the log the nearest of them has not on its disk yet; null where there is none.</param>
internal sealed record DatabaseView(string Level, string? Problem, string? Host, bool? WaitsForStandbys, int? Standbys, long? LagBytes)
{
    /// <summary>The view of the first database.</summary>
    /// <param name="databases">Those that the server has: one, or none.</param>
    public static DatabaseView? Of(IReadOnlyList<DatabaseHealth> databases) => databases is [{ Level: { } level } one, ..]
        ? new DatabaseView(
            Encoding.ASCII.GetString(AcknowledgementLevels.GetWord(level)),
            one.Problem,
            one.State?.Host,
            one.State?.WaitsForStandbys,
            one.State?.Standbys,
            one.State?.LagBytes)
        : null;
}
