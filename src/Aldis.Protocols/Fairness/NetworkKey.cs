using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Aldis.Protocols.Fairness;

/// <summary>
/// Who counts as one wherever a limit is shared out among peers: an IPv4 address, the network of an IPv6 address (its first 64 bits, of
/// which one customer has at least one whole, RFC 6177), or a user of this machine who comes over a Unix socket. A value, so that nothing
/// is made for each connection or datagram.
/// </summary>
internal readonly record struct NetworkKey
{
    private const int PrefixBits = 64;
    private const int GroupBits = 16;

    // What an IPv4 address mapped into IPv6 has above its 32 bits (RFC 4291 section 2.5.5.2), and what no address has there: a mapped one
    // has other bits, and the key of every other one has none in its lower half.
    private const ulong Mapped = 0x0000_FFFF;
    private const ulong User = 0x0001_0000;

    private readonly UInt128 _value;

    private NetworkKey(UInt128 value) => _value = value;

    /// <summary>Whether it is a user of this machine, who came over a Unix socket.</summary>
    public bool IsLocalUser => _value >> 32 == User;

    /// <summary>The key of an address.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it (::ffff:a.b.c.d), big-endian as a number.</param>
    /// <returns>The key.</returns>
    public static NetworkKey Of(UInt128 address) => new(address >> 32 == Mapped ? address : address >> PrefixBits << PrefixBits);

    /// <summary>The key of an address.</summary>
    /// <param name="address">4 bytes (IPv4) or 16 bytes (IPv6, or IPv4 mapped into it) in network order.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The address has another length.</exception>
    public static NetworkKey Of(ReadOnlySpan<byte> address) => address.Length switch
    {
        sizeof(uint) => new(((UInt128)Mapped << 32) | BinaryPrimitives.ReadUInt32BigEndian(address)),
        16 => Of(BinaryPrimitives.ReadUInt128BigEndian(address)),
        _ => throw new ArgumentException("An address has 4 or 16 bytes.", nameof(address)),
    };

    /// <summary>The key of whoever comes over a Unix socket.</summary>
    /// <param name="user">The number of the user that the other side's process runs for; 0 where the system does not tell.</param>
    /// <returns>The key.</returns>
    public static NetworkKey OfLocalUser(uint user) => new(((UInt128)User << 32) | user);

    /// <summary>A number that tells networks apart well enough for a table, and that nobody can predict who does not know the
    /// secret.</summary>
    /// <param name="secret">A random number that nobody else knows.</param>
    /// <returns>All 64 bits depend on all of the key.</returns>
    public ulong Hash(UInt128 secret)
    {
        ulong high = Mix((ulong)(_value >> PrefixBits) ^ (ulong)(secret >> PrefixBits));
        return Mix(high ^ (ulong)_value ^ (ulong)secret);
    }

    /// <summary>For people: <c>192.0.2.7</c>, <c>2001:db8:1:2::/64</c>, <c>unix user 1000</c>.</summary>
    public override string ToString()
    {
        if (IsLocalUser)
        {
            return string.Create(CultureInfo.InvariantCulture, $"unix user {(uint)_value}");
        }

        if (_value >> 32 == Mapped)
        {
            uint address = (uint)_value;
            return string.Create(
                CultureInfo.InvariantCulture, $"{address >> 24}.{(byte)(address >> 16)}.{(byte)(address >> 8)}.{(byte)address}");
        }

        // The groups from the left to the last that is not zero; "::" stands for the rest.
        var text = new StringBuilder();
        for (UInt128 rest = _value; rest != 0; rest <<= GroupBits)
        {
            text.Append(text.Length == 0 ? string.Empty : ":").Append(CultureInfo.InvariantCulture, $"{(ushort)(rest >> (128 - GroupBits)):x}");
        }

        return text.Append("::/64").ToString();
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }
}
