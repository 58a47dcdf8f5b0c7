namespace Aldis.Protocols.Files;

/// <summary>How an entry of a transfer ended.</summary>
/// <param name="Refusal">Why it was not taken; null where it is confirmed.</param>
/// <param name="WasThere">Whether it is confirmed because it was there already.</param>
/// <param name="Name">The path it got on the other side, where that is not the one it was offered with; else null.</param>
/// <param name="Digest">The file's digest where this run computed it; null for what was there, and for directories and links.</param>
internal readonly record struct EntryOutcome(RefusalCode? Refusal, bool WasThere, string? Name, ContentDigest? Digest);
