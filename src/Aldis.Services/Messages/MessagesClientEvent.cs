namespace Aldis.Services.Messages;

/// <summary>What a <see cref="MessagesClient"/> reports while it works.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="First">First number or item it is about; 0 where there is none.</param>
/// <param name="Last">Last number or item it is about.</param>
/// <param name="Detail">A clause for a person, where there is something to say.</param>
public readonly record struct MessagesClientEvent(MessagesClientEventKind Kind, long First = 0, long Last = 0, string? Detail = null);
