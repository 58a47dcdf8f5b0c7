using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Ladder;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A ladder on standard output, one JSON object for each step.</summary>
internal sealed class LadderEvents(JsonEvents events) : ILadderOutput
{
    /// <inheritdoc/>
    public void Take(LadderStep step) => events.Write(LadderJson.NameOf(step.Kind), writer => LadderJson.Write(writer, step));
}
