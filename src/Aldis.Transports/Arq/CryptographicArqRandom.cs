using System.Runtime.InteropServices;
using Aldis.Protocols.Arq;
using Aldis.Transports.Randomness;

namespace Aldis.Transports.Arq;

/// <summary>Random numbers that nobody can foretell, fetched from the operating system in batches.</summary>
internal sealed class CryptographicArqRandom : IArqRandom
{
    private readonly ulong[] _numbers = new ulong[16];
    private int _next = 16;

    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        if (_next == _numbers.Length)
        {
            SystemRandom.Fill(MemoryMarshal.AsBytes(_numbers.AsSpan()));
            _next = 0;
        }

        return _numbers[_next++];
    }
}
