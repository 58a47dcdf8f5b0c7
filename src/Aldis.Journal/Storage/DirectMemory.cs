using System.Runtime.InteropServices;

namespace Aldis.Journal.Storage;

/// <summary>Memory from which a disk can be written without a copy (<see cref="IStorageFile.WriteDirect"/>).</summary>
internal static class DirectMemory
{
    /// <summary>Bytes of which its address, its length and the place in a file are multiples: a page, which every disk takes.</summary>
    public const int Alignment = 4096;

    /// <summary>Allocates some; nothing is known of what is in it.</summary>
    /// <param name="bytes">How much, a multiple of <see cref="Alignment"/>.</param>
    public static Memory<byte> Allocate(int bytes)
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(bytes + Alignment, pinned: true);
        nint beyond = Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) % Alignment;
        return pinned.AsMemory(beyond == 0 ? 0 : Alignment - (int)beyond, bytes);
    }
}
