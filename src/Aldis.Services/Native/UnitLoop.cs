using System.Buffers;
using System.IO.Pipelines;
using Aldis.Services.Hosting;

namespace Aldis.Services.Native;

/// <summary>
/// The reading loop of the native forms: it gives what arrives to a reader of units and sets the connection's marks, so that a unit that
/// was begun and is not finished in time ends the connection.
/// </summary>
internal static class UnitLoop
{
    /// <summary>Reads until the reader ends, the client finished writing, or a deadline passed.</summary>
    /// <param name="input">The connection's input.</param>
    /// <param name="served">The connection.</param>
    /// <param name="reader">What takes the units.</param>
    /// <returns>A task that ends when nothing more is read.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task RunAsync(PipeReader input, ServedConnection served, IUnitReader reader)
    {
        while (!reader.IsOver)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            if (served.Stop.IsGentle())
            {
                reader.HandleDraining();
            }

            if (!await TakeAsync(input, served, reader, read.Buffer).ConfigureAwait(false)
                || read.IsCompleted
                || served.Stop is StopCause.Idle or StopCause.UnitIncomplete)
            {
                return;
            }
        }
    }

    /// <summary>Deals with every unit in what has arrived.</summary>
    /// <returns>False once nothing more is taken.</returns>
    private static async ValueTask<bool> TakeAsync(
        PipeReader input, ServedConnection served, IUnitReader reader, ReadOnlySequence<byte> received)
    {
        while (true)
        {
            UnitProgress progress = reader.Read(ref received);
            Mark(served, reader.IsInsideUnit);
            switch (progress)
            {
                case UnitProgress.MustWait:
                    await reader.WaitAsync().ConfigureAwait(false);
                    break;
                case UnitProgress.Ended:
                    // Whoever reads on sees what was left without waiting for more.
                    input.AdvanceTo(received.Start);
                    return false;
                default:
                    input.AdvanceTo(received.Start, received.End);
                    return true;
            }
        }
    }

    private static void Mark(ServedConnection served, bool isInsideUnit)
    {
        if (isInsideUnit)
        {
            served.UnitBegan();
        }
        else
        {
            served.UnitEnded();
        }

        served.Progressed();
    }
}
