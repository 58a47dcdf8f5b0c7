namespace Aldis.Lab.Experiments;

/// <summary>What a run carries: gives the bytes to send and judges those that arrive.</summary>
internal interface ILabPayload
{
    /// <summary>Gives the next bytes of the stream.</summary>
    /// <param name="destination">Filled whole; never asks beyond the end.</param>
    void Read(Span<byte> destination);

    /// <summary>Takes the next bytes that the receiver handed to its application.</summary>
    /// <param name="bytes">Valid for the call.</param>
    void Deliver(ReadOnlySpan<byte> bytes);
}
