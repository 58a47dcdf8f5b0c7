using System.Diagnostics.CodeAnalysis;

namespace Aldis.Protocols.Arq;

/// <summary>What the engine promises itself; checked by tests after every event.</summary>
internal static class Invariant
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, string sentence)
    {
        if (!condition)
        {
            throw new InvalidOperationException("Broken: " + sentence + ".");
        }
    }
}
