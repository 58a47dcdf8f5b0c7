using System.Globalization;
using System.Text;

namespace Aldis.Tests;

/// <summary>The framing of the header lab, written here once more and independently of the code under test.</summary>
internal static class LabFrame
{
    public const int HeaderLength = 64;
    public const string ConfirmationText = "Message received successfully....";
    public const string Disconnect = "Disconnect !";

    /// <summary>Header and payload of the confirmation: 97 bytes.</summary>
    public static string Confirmation { get; } = Header(33) + ConfirmationText;

    public static string Header(int length) => Header(length.ToString(CultureInfo.InvariantCulture));

    public static string Header(string text) => text.PadRight(HeaderLength);

    public static string Of(string text) => Header(Encoding.UTF8.GetByteCount(text)) + text;

    /// <summary>Reads one framed answer with two receives, header first, as the lab's client does.</summary>
    public static async Task<string> ReceiveFrameAsync(this LabClient client)
    {
        string header = await client.ReceiveTextAsync(HeaderLength);
        return await client.ReceiveTextAsync(int.Parse(header, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture));
    }
}
