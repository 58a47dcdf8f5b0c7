namespace Aldis.Journal.Embedded;

/// <summary>A client was forgotten: a message of it is the first of a new client from now on.</summary>
/// <param name="Client">The client's id.</param>
/// <param name="Last">The highest number that was stored of it.</param>
/// <param name="Age">How long ago its last message was written, at least.</param>
public readonly record struct ClientForgotten(string Client, long Last, TimeSpan Age);
