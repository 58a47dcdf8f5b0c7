using System.Runtime.InteropServices;

namespace Aldis.Transports.Datagrams;

/// <summary>Memory that never moves, so that the system can be given its address.</summary>
/// <param name="length">Bytes, all zero at first.</param>
internal sealed class PinnedBuffer(int length)
{
    /// <summary>The memory.</summary>
    public byte[] Bytes { get; } = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>The address of a byte.</summary>
    /// <param name="at">Which one.</param>
    /// <returns>The address.</returns>
    public nint AddressOf(int at) => Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, at);

    /// <summary>Writes a number in the system's byte order.</summary>
    /// <param name="at">Where.</param>
    /// <param name="value">The number, or an address.</param>
    public void Put(int at, long value) => BitConverter.TryWriteBytes(Bytes.AsSpan(at), value);

    /// <summary>Writes a number in the system's byte order.</summary>
    /// <param name="at">Where.</param>
    /// <param name="value">The number.</param>
    public void Put(int at, int value) => BitConverter.TryWriteBytes(Bytes.AsSpan(at), value);

    /// <summary>Writes a number in the system's byte order.</summary>
    /// <param name="at">Where.</param>
    /// <param name="value">The number.</param>
    public void Put(int at, ushort value) => BitConverter.TryWriteBytes(Bytes.AsSpan(at), value);

    /// <summary>Reads a number in the system's byte order.</summary>
    /// <param name="at">Where.</param>
    /// <returns>The number.</returns>
    public int GetInt32(int at) => BitConverter.ToInt32(Bytes, at);

    /// <summary>Reads a number in the system's byte order.</summary>
    /// <param name="at">Where.</param>
    /// <returns>The number.</returns>
    public long GetInt64(int at) => BitConverter.ToInt64(Bytes, at);
}
