"""Draw the integration's icon and logo: a charging plug before the sun."""

from PIL import Image, ImageDraw, ImageFont

from .processes import REPOSITORY

BRAND = REPOSITORY / "custom_components" / "schneider_ev" / "brand"
SIZE = 2048  # what is drawn; what is saved is smaller, and smooth for it

SUN = "#FFB627"
NIGHT = "#1F3A5F"
SKY = "#E3F1FA"
STEEL = "#8FA3B8"
TEXT = {"": NIGHT, "dark_": "#F2F6FA"}


def tile() -> Image.Image:
    """Return the icon: a rounded tile with the sun and the plug."""
    image = Image.new("RGBA", (SIZE, SIZE), SKY)
    draw = ImageDraw.Draw(image)
    # the sun, with rays
    x, y, radius = 1430, 610, 330
    for ray in range(12):
        spoke = Image.new("RGBA", image.size)
        ImageDraw.Draw(spoke).rounded_rectangle(
            (x - 38, y - radius - 220, x + 38, y - radius - 80), 38, fill=SUN
        )
        image.alpha_composite(spoke.rotate(30 * ray, center=(x, y)))
    draw.circle((x, y), radius, fill=SUN)

    # the plug and its cable, drawn upright and tilted towards the sun
    plug = Image.new("RGBA", image.size)
    pen = ImageDraw.Draw(plug)
    for prong in (-190, 190):
        pen.rounded_rectangle(
            (SIZE // 2 + prong - 62, 420, SIZE // 2 + prong + 62, 900), 62, fill=STEEL
        )
    pen.rounded_rectangle((574, 760, 1474, 910), 75, fill=NIGHT)
    pen.rounded_rectangle(
        (644, 830, 1404, 1390), 380, fill=NIGHT, corners=(False, False, True, True)
    )
    pen.rectangle((959, 1380, 1089, 1500), fill=NIGHT)
    pen.arc((959, 1170, 1619, 1830), 90, 180, fill=NIGHT, width=130)
    pen.rectangle((1289, 1700, SIZE, 1829), fill=NIGHT)
    bolt = [(1090, 900), (870, 1160), (1010, 1160), (950, 1350), (1180, 1070)]
    pen.polygon([*bolt, (1040, 1070)], fill=SUN)
    image.alpha_composite(
        plug.rotate(
            -35,
            center=(1024, 1100),
            translate=(-150, 60),
            resample=Image.Resampling.BICUBIC,
        )
    )

    corners = Image.new("L", image.size)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, SIZE - 1, SIZE - 1), 440, fill=255)
    image.putalpha(corners)
    return image


def logo(prefix: str) -> Image.Image:
    """Return the icon with what it is for beside it."""
    font = ImageFont.load_default(900)
    left, top, right, bottom = font.getbbox("EV chargers")
    image = Image.new("RGBA", (int(SIZE * 1.2 + right - left), SIZE))
    image.paste(tile())
    ImageDraw.Draw(image).text(
        (SIZE * 1.2 - left, (SIZE - bottom - top) / 2),
        "EV chargers",
        fill=TEXT[prefix],
        font=font,
    )
    return image


def save(image: Image.Image, name: str, height: int) -> None:
    """Save an image in its size and in twice its size."""
    for suffix, scale in (("", 1), ("@2x", 2)):
        width = round(image.width * height / image.height)
        resized = image.resize(
            (width * scale, height * scale), Image.Resampling.LANCZOS
        )
        resized.save(BRAND / f"{name}{suffix}.png", optimize=True)


def main() -> None:
    """Draw all of them."""
    BRAND.mkdir(exist_ok=True)
    save(tile(), "icon", 256)
    for prefix in TEXT:
        save(logo(prefix), f"{prefix}logo", 128)


if __name__ == "__main__":
    main()
