namespace Aldis.Dashboard.Api;

/// <summary>One moment of a ladder as the API shows it.</summary>
/// <param name="Part">The number of the parts of the picture that belong to it.</param>
/// <param name="Time">When, in milliseconds from the first frame on, as it is written.</param>
/// <param name="Side">Where: <c>sender</c>, <c>receiver</c>, or <c>link</c>, which alone knows what it loses.</param>
/// <param name="Says">What happens.</param>
/// <param name="Seen">Why, as far as its side can know; empty where that needs no words.</param>
/// <param name="Hidden">What neither side can know.</param>
/// <param name="Kill">What loses this arrow, as <c>kill</c> takes it; null where it is no arrow that leaves.</param>
/// <param name="Sender">What the sender knows from then on; null where that did not change.</param>
/// <param name="Strip">Its window: the number of the first frame, a colon, and a letter for each frame (A acknowledged, O out, F may be
/// sent, N not yet allowed); null where that did not change.</param>
/// <param name="Receiver">What the receiver knows from then on; null where that did not change.</param>
internal sealed record LabMomentView(
    int Part,
    string Time,
    string Side,
    string Says,
    string Seen,
    string Hidden,
    string? Kill,
    string? Sender,
    string? Strip,
    string? Receiver);
