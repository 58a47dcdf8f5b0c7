using System.Buffers;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;

namespace Aldis.Services.Files;

/// <summary>The first words of a client of the native form.</summary>
internal static class ClientPreface
{
    /// <summary>With what every preface of a client begins, and no answer to it.</summary>
    public static ReadOnlySpan<byte> Beginning => "ALDIS/1 files client="u8;

    /// <summary>Writes the preface, and the token where there is one.</summary>
    /// <param name="options">Who it is.</param>
    /// <param name="output">Takes it.</param>
    public static void Write(FilesClientOptions options, IBufferWriter<byte> output)
    {
        Preface.Write(FileWords.Service, options.Client, output.GetSpan(ControlUnit.Size));
        output.Advance(ControlUnit.Size);
        if (options.Token.Length > 0)
        {
            TokenUnit.Write(Encoding.ASCII.GetBytes(options.Token), output.GetSpan(ControlUnit.Size));
            output.Advance(ControlUnit.Size);
        }
    }
}
