namespace Aldis.Protocols.Messages;

/// <summary>Something a sender reports.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="First">First item or number it is about, as the kind says.</param>
/// <param name="Last">Last one; equal to <paramref name="First"/> where there is only one.</param>
/// <param name="Code">The server's code where the kind is <see cref="SenderEventKind.Delayed"/> or
/// <see cref="SenderEventKind.Refused"/>; null otherwise.</param>
internal readonly record struct SenderEvent(SenderEventKind Kind, long First, long Last, NakCode? Code = null);
