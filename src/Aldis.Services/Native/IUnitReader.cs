using System.Buffers;

namespace Aldis.Services.Native;

/// <summary>What a <see cref="UnitLoop"/> reads for: it takes units, and the payloads they announce.</summary>
internal interface IUnitReader
{
    /// <summary>Whether nothing more is to be read, looked at before each read.</summary>
    bool IsOver { get; }

    /// <summary>Whether a unit was begun and is not finished, after the last <see cref="Read"/>: its time is running.</summary>
    bool IsInsideUnit { get; }

    /// <summary>Takes everything it can.</summary>
    /// <param name="received">What has arrived and was not taken; it is sliced past what this call took.</param>
    /// <returns>How to go on.</returns>
    UnitProgress Read(ref ReadOnlySequence<byte> received);

    /// <summary>Waits for what the last <see cref="Read"/> needs, other than bytes.</summary>
    /// <returns>A task that ends when it is there.</returns>
    ValueTask WaitAsync();

    /// <summary>Takes that the server stops, or that what let the client in counts no longer, before each read that finds it so.</summary>
    void HandleDraining();
}
