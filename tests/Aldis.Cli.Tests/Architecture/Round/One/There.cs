using Aldis.Cli.Tests.Architecture.Round.Two;

namespace Aldis.Cli.Tests.Architecture.Round.One;

/// <summary>Half of a circle, to show that one is found.</summary>
internal sealed class There
{
    public static object Go() => new Back();
}
