using Aldis.Cli.Tests.Architecture.Round.One;

namespace Aldis.Cli.Tests.Architecture.Round.Two;

/// <summary>The other half.</summary>
internal sealed class Back
{
    public There? Whence { get; init; }
}
