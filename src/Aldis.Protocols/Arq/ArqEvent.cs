namespace Aldis.Protocols.Arq;

/// <summary>One thing that happened to a connection.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Connection">To which connection.</param>
/// <param name="Code">Why, for <see cref="ArqEventKind.Reset"/>; else <see cref="ArqCloseCode.None"/>.</param>
internal readonly record struct ArqEvent(ArqEventKind Kind, ArqConnection Connection, ArqCloseCode Code);
