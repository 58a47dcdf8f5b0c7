namespace Aldis.Services.Inbox;

/// <summary>Something else has the name that an entry should get; nothing was changed.</summary>
/// <param name="path">The name.</param>
internal sealed class EntryExistsException(string path) : IOException($"'{path}' is there, and is something else");
