namespace Aldis.Transports.Datagrams;

/// <summary>Where what recvmsg(2), recvmmsg(2) and sendmsg(2) take and give stands in memory: struct msghdr, iovec and cmsghdr of a 64-bit
/// Linux.</summary>
internal static class SocketMessage
{
    /// <summary>Bytes of struct msghdr.</summary>
    public const int HeaderBytes = 56;

    /// <summary>Where in struct msghdr the address of the peer's name is.</summary>
    public const int NameAt = 0;

    /// <summary>Where in struct msghdr the length of the peer's name is, 32 bits.</summary>
    public const int NameLengthAt = 8;

    /// <summary>Where in struct msghdr the address of the vector is.</summary>
    public const int VectorAt = 16;

    /// <summary>Where in struct msghdr the length of the vector is.</summary>
    public const int VectorCountAt = 24;

    /// <summary>Where in struct msghdr the address of the control messages is.</summary>
    public const int ControlAt = 32;

    /// <summary>Where in struct msghdr the length of the control messages is.</summary>
    public const int ControlLengthAt = 40;

    /// <summary>Bytes of struct iovec: an address and a length.</summary>
    public const int VectorBytes = 16;

    /// <summary>Bytes of a name: enough for any address of IP.</summary>
    public const int NameBytes = 32;

    /// <summary>Bytes of struct cmsghdr: length, level and type, before the data.</summary>
    public const int ControlHeaderBytes = 16;

    /// <summary>What a call that does not wait is asked with (MSG_DONTWAIT).</summary>
    public const int DoNotWait = 0x40;

    /// <summary>Nothing is there (EAGAIN).</summary>
    public const int ErrorAgain = 11;

    /// <summary>The level of options and control messages of IPv4.</summary>
    public const int LevelIP = 0;

    /// <summary>The level of options and control messages of IPv6.</summary>
    public const int LevelIPv6 = 41;

    /// <summary>Points a header to a name, one vector, the control messages and the bytes.</summary>
    /// <param name="memory">Holds all but the bytes.</param>
    /// <param name="header">Where in it struct msghdr is.</param>
    /// <param name="rest">Where in it the vector is; behind it come the name and the control messages.</param>
    /// <param name="bytes">The address of the bytes.</param>
    /// <param name="length">How many.</param>
    public static void LayOut(PinnedBuffer memory, int header, int rest, nint bytes, int length)
    {
        memory.Put(header + NameAt, (long)memory.AddressOf(rest + VectorBytes));
        memory.Put(header + VectorAt, (long)memory.AddressOf(rest));
        memory.Put(header + VectorCountAt, 1L);
        memory.Put(header + ControlAt, (long)memory.AddressOf(rest + VectorBytes + NameBytes));
        memory.Put(rest, (long)bytes);
        memory.Put(rest + sizeof(long), (long)length);
    }

    /// <summary>Finds the next control message that came.</summary>
    /// <param name="memory">Holds them.</param>
    /// <param name="at">Where the next begins; moved behind it.</param>
    /// <param name="end">Where the last has ended.</param>
    /// <param name="found">What was found.</param>
    /// <returns>False where there is none.</returns>
    public static bool TryNextControl(PinnedBuffer memory, ref int at, int end, out ControlMessage found)
    {
        found = default;
        if (at + ControlHeaderBytes > end)
        {
            return false;
        }

        int size = (int)memory.GetInt64(at);
        if (size < ControlHeaderBytes)
        {
            return false;
        }

        found = new ControlMessage(
            memory.GetInt32(at + sizeof(long)),
            memory.GetInt32(at + sizeof(long) + sizeof(int)),
            at + ControlHeaderBytes,
            size - ControlHeaderBytes);
        at += Align(size);
        return true;
    }

    /// <summary>Where the control message behind one of a length begins.</summary>
    /// <param name="length">The length, header and data.</param>
    public static int Align(int length) => (length + sizeof(long) - 1) & ~(sizeof(long) - 1);
}

/// <summary>A control message (cmsg(3)).</summary>
/// <param name="Level">Of which protocol.</param>
/// <param name="Type">Which of its kinds.</param>
/// <param name="DataAt">Where its data begin.</param>
/// <param name="DataBytes">Bytes of data.</param>
internal readonly record struct ControlMessage(int Level, int Type, int DataAt, int DataBytes);
