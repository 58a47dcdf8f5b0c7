using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Scenarios;

/// <summary>What a word does to the faults of one direction.</summary>
/// <param name="direction">Which direction.</param>
/// <param name="now">The faults that it has.</param>
/// <param name="initial">Those that it began with.</param>
/// <returns>The faults that it has from then on.</returns>
internal delegate LinkFaults LinkChange(LinkDirection direction, LinkFaults now, LinkFaults initial);

/// <summary>A word of scripts and profiles, such as <c>delay 50ms</c>.</summary>
/// <param name="Name">The word.</param>
/// <param name="Usage">How it is written.</param>
/// <param name="Read">Reads its values; null where they are none of its.</param>
internal sealed record LinkWord(string Name, string Usage, Func<IReadOnlyList<string>, LinkChange?> Read);
