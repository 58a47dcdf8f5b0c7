namespace Aldis.Protocols.Files.Names;

/// <summary>What a receiver makes of an entry's names.</summary>
/// <param name="Fault">Why it does not take them.</param>
/// <param name="Path">How the path is stored, in normalization form C; empty where it is not taken.</param>
/// <param name="Target">The same of a link's target; empty for what is none.</param>
internal readonly record struct NameVerdict(NameFault Fault, string Path, string Target);
