namespace Aldis.Lab.Drawings;

/// <summary>Where the two lifelines of a picture stand.</summary>
/// <param name="Width">Units of the picture, pixels at its natural size.</param>
/// <param name="Client">Where the sender's lifeline stands.</param>
/// <param name="Server">Where the receiver's lifeline stands.</param>
/// <param name="Margin">Free at both edges.</param>
/// <param name="IsNarrow">Labels have little room: each moment has rows of its own, with its time before it.</param>
internal sealed record LadderGeometry(double Width, double Client, double Server, double Margin, bool IsNarrow)
{
    /// <summary>For a sheet or a screen.</summary>
    public static readonly LadderGeometry Wide = new(980, 372, 692, 16, IsNarrow: false);

    /// <summary>For the width of a telephone.</summary>
    public static readonly LadderGeometry Narrow = new(390, 146, 244, 6, IsNarrow: true);
}
