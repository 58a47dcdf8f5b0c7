using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Ladder;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A ladder on standard output, one JSON object for each moment.</summary>
internal sealed class LadderEvents(JsonEvents events)
{
    /// <summary>Writes the next moment.</summary>
    public void Take(LadderMoment moment) =>
        events.Write(LadderJson.NameOf(moment.Step.Kind), writer => LadderJson.Write(writer, moment));
}
